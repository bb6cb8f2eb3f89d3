/* What is told to the service manager arrives as it is, at a path or a name without a file. */
#include "check.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "plumb/notify.h"

static struct plumb_err err;

/* A socket that listens at `address`, as a service manager's does. */
static int listen_at(const char *address)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    size_t n = strlen(address);
    memcpy(at.sun_path, address, n);
    if (address[0] == '@')
        at.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(
        bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
        0);
    return fd;
}

static void expect(int fd, const char *text)
{
    char got[256];
    ssize_t n = recv(fd, got, sizeof got, 0);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void notify_reaches_a_path(void **state)
{
    char folder[] = "/tmp/plumb-notify-XXXXXX", path[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/notify", folder);
    int fd = listen_at(path);
    assert_true(plumb_notify(path, LITERAL("READY=1\nSTATUS=waiting\n"), &err));
    assert_true(plumb_notify(path, LITERAL("WATCHDOG=1\n"), &err));
    expect(fd, "READY=1\nSTATUS=waiting\n");
    expect(fd, "WATCHDOG=1\n");
    close(fd);
    unlink(path);
    assert_false(plumb_notify(path, LITERAL("READY=1\n"), &err));
    assert_string_equal(err.code, "NotifyFailed");
    rmdir(folder);
}

static void notify_reaches_an_abstract_name(void **state)
{
    char name[64];
    (void)state;
    snprintf(name, sizeof name, "@plumb-notify-%d", (int)getpid());
    int fd = listen_at(name);
    assert_true(plumb_notify(name, LITERAL("STOPPING=1\n"), &err));
    expect(fd, "STOPPING=1\n");
    close(fd);
    assert_false(plumb_notify(name, LITERAL("STOPPING=1\n"), &err));
    assert_string_equal(err.code, "NotifyFailed");
}

static void notify_refuses_what_is_no_address(void **state)
{
    static const char *const bad[] = { "", "/", "@", "relative/path", "vsock:2:1234" };
    char longest[200];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(plumb_notify(bad[i], LITERAL("READY=1\n"), &err));
        assert_string_equal(err.code, "NotifyAddress");
    }
    memset(longest, 'a', sizeof longest);
    longest[0] = '/', longest[sizeof longest - 1] = '\0';
    assert_false(plumb_notify(longest, LITERAL("READY=1\n"), &err));
    assert_string_equal(err.code, "NotifyAddress");
}

/* A manager that does not read must not hold us up: its queue fills, and then it is told no more.
 */
static void notify_never_waits(void **state)
{
    char name[64];
    int sent = 0;
    (void)state;
    snprintf(name, sizeof name, "@plumb-notify-full-%d", (int)getpid());
    int fd = listen_at(name);
    while (sent < 100000 && plumb_notify(name, LITERAL("WATCHDOG=1\n"), &err))
        sent++;
    assert_true(sent > 0 && sent < 100000);
    assert_string_equal(err.code, "NotifyFailed");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notify_reaches_a_path),
        cmocka_unit_test(notify_reaches_an_abstract_name),
        cmocka_unit_test(notify_refuses_what_is_no_address),
        cmocka_unit_test(notify_never_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
