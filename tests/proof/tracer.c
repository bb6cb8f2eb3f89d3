/*
 * Runs a program under ptrace and lets one of its system calls go wrong: the instrument of the kill
 * sweep and of the full disk. It needs no privilege and no other program.
 *
 *   tracer count PROGRAM...                 how many system calls there are, how many of them write
 *   tracer kill N PROGRAM...                SIGKILL as the Nth is about to be made
 *   tracer fail N ERRNO once|ever PROGRAM.. the Nth write to disk (and all after it) fails
 *   tracer unlock PROGRAM...                flock succeeds without being made
 *
 * The program's output goes nowhere. One line tells what came of it:
 *   calls=812 writes=61 first=470 exit=5 signal=0 struck=fdatasync
 * where calls and writes count from its execve on, and `first` is the number
 * of the first call that writes.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>

enum mode { COUNT, KILL, FAIL, UNLOCK };

struct order {
    enum mode mode;
    long nth;
    int error;
    bool ever;
};

struct tally {
    long calls, writes, first;
    const char *struck; /* the call that went wrong */
};

/* Calls that change what is on disk. `flags` tells which argument has O_CREAT in it, or -1. */
static const struct {
    long number;
    const char *name;
    int flags;
} WRITES[] = {
    { SYS_pwrite64, "pwrite64", -1 },
    { SYS_pwritev, "pwritev", -1 },
    { SYS_fsync, "fsync", -1 },
    { SYS_fdatasync, "fdatasync", -1 },
    { SYS_ftruncate, "ftruncate", -1 },
    { SYS_fallocate, "fallocate", -1 },
    { SYS_openat, "openat", 2 },
    { SYS_renameat2, "renameat2", -1 },
    { SYS_unlinkat, "unlinkat", -1 },
    { SYS_mkdirat, "mkdirat", -1 },
#ifdef SYS_open
    { SYS_open, "open", 1 },
#endif
#ifdef SYS_rename
    { SYS_rename, "rename", -1 },
#endif
#ifdef SYS_unlink
    { SYS_unlink, "unlink", -1 },
#endif
#ifdef SYS_mkdir
    { SYS_mkdir, "mkdir", -1 },
#endif
};

static const char *writing(const struct ptrace_syscall_info *info)
{
    for (size_t i = 0; i < sizeof WRITES / sizeof *WRITES; i++) {
        if ((long)info->seccomp.nr != WRITES[i].number)
            continue;
        int flags = WRITES[i].flags;
        return flags < 0 || (info->seccomp.args[flags] & O_CREAT) ? WRITES[i].name : NULL;
    }
    return NULL;
}

/* The call that is about to be made is left out, and answered with `answer`. */
static bool answer_instead(pid_t pid, long answer)
{
#if defined __x86_64__
    return ptrace(PTRACE_POKEUSER, pid, 15 * sizeof(long), -1L) == 0 &&  /* orig_rax */
           ptrace(PTRACE_POKEUSER, pid, 10 * sizeof(long), answer) == 0; /* rax */
#elif defined __aarch64__
    int none = -1;
    unsigned long regs[34]; /* x0 to x30, sp, pc, pstate */
    struct iovec number = { &none, sizeof none }, all = { regs, sizeof regs };
    if (ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &number) != 0 ||
        ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &all) != 0)
        return false;
    regs[0] = (unsigned long)answer;
    return ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &all) == 0;
#else
    (void)pid, (void)answer;
    return false;
#endif
}

static void at_call(pid_t pid, const struct order *order, struct tally *tally,
                    const struct ptrace_syscall_info *info)
{
    const char *name = writing(info);
    tally->calls++;
    if (name && tally->writes++ == 0)
        tally->first = tally->calls;
    if (order->mode == KILL && tally->calls == order->nth) {
        tally->struck = name ? name : "other";
        kill(pid, SIGKILL);
    } else if (order->mode == FAIL && name &&
               (tally->writes == order->nth || (order->ever && tally->writes > order->nth))) {
        answer_instead(pid, -(long)order->error);
        tally->struck = name;
    } else if (order->mode == UNLOCK && (long)info->seccomp.nr == SYS_flock) {
        answer_instead(pid, 0);
        tally->struck = "flock";
    }
}

static void at_stop(pid_t pid, const struct order *order, struct tally *tally)
{
    struct ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0 &&
        info.op == PTRACE_SYSCALL_INFO_SECCOMP)
        at_call(pid, order, tally, &info);
}

/* Follows the program to its end; its wait status. One thread is all plumb has. */
static int follow(pid_t pid, const struct order *order, struct tally *tally)
{
    int status;
    long signal_to_pass = 0;
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL));
    for (;;) {
        if (ptrace(PTRACE_CONT, pid, NULL, (void *)signal_to_pass) != 0 && errno != ESRCH)
            return -1;
        if (waitpid(pid, &status, __WALL) != pid)
            return -1;
        if (!WIFSTOPPED(status))
            return status;
        signal_to_pass = 0;
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
            at_stop(pid, order, tally);
        else if (WSTOPSIG(status) != SIGTRAP)
            signal_to_pass = WSTOPSIG(status);
    }
}

/* From now on every system call stops before it is made: one stop each, where PTRACE_SYSCALL has
 * two. */
static bool stop_at_calls(void)
{
    struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE) };
    struct sock_fprog program = { .len = 1, .filter = all };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void run(char **program)
{
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 0);
    dup2(nowhere, 1);
    if (!getenv("TRACER_SHOW"))
        dup2(nowhere, 2);
    close(nowhere);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP); /* until the tracer has said what it wants to see */
    if (stop_at_calls())
        execv(program[0], program);
    _exit(127);
}

/* Reads the order; the number of words it took, 0 when it cannot be understood. */
static int read_order(int argc, char **argv, struct order *order)
{
    const char *word = argc > 2 ? argv[1] : "";
    if (strcmp(word, "count") == 0)
        return 2;
    if (strcmp(word, "unlock") == 0)
        return order->mode = UNLOCK, 2;
    if (strcmp(word, "kill") == 0 && argc > 3) {
        *order = (struct order){ .mode = KILL, .nth = atol(argv[2]) };
        return 3;
    }
    if (strcmp(word, "fail") == 0 && argc > 5) {
        *order = (struct order){ .mode = FAIL,
                                 .nth = atol(argv[2]),
                                 .error = atoi(argv[3]),
                                 .ever = strcmp(argv[4], "ever") == 0 };
        return 5;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct order order = { .mode = COUNT };
    struct tally tally = { 0 };
    int status, taken = read_order(argc, argv, &order);
    if (!taken) {
        fputs("usage: tracer count|unlock|kill N|fail N ERRNO once|ever PROGRAM...\n", stderr);
        return 2;
    }
    pid_t pid = fork();
    if (pid == 0)
        run(argv + taken);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
        fputs("tracer: the program did not start\n", stderr);
        return 1;
    }
    status = follow(pid, &order, &tally);
    if (status == -1) {
        perror("tracer");
        return 1;
    }
    printf("calls=%ld writes=%ld first=%ld exit=%d signal=%d struck=%s\n", tally.calls,
           tally.writes, tally.first, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
           WIFSIGNALED(status) ? WTERMSIG(status) : 0, tally.struck ? tally.struck : "-");
    return 0;
}
