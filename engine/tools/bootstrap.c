/*
 * What AWS Lambda starts in a sandbox: hands over to plumb, with the loader and the libraries that
 * lie beside it, so that nothing of the sandbox's own system matters. It is linked statically for
 * the same reason, and does nothing else.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CANNOT_START = 127 };

/* The folder of the function: the one it was started from, as in "/var/task/bootstrap". */
static bool find_folder(const char *started_as, char folder[PATH_MAX])
{
    const char *slash = strrchr(started_as, '/');
    size_t length = slash ? (size_t)(slash - started_as) : 0;
    if (!slash || length >= PATH_MAX)
        return false;
    memcpy(folder, started_as, length);
    folder[length] = '\0';
    return true;
}

static bool join(char path[PATH_MAX], const char *folder, const char *name)
{
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return length > 0 && length < PATH_MAX;
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX], loader[PATH_MAX], libraries[PATH_MAX], plumb[PATH_MAX],
        trusted[PATH_MAX];
    if (argc < 1 || !find_folder(argv[0], folder) || !join(loader, folder, "lib/ld.so") ||
        !join(libraries, folder, "lib") || !join(plumb, folder, "plumb") ||
        !join(trusted, folder, "ca-certificates.crt")) {
        fputs("bootstrap: start it by its path, as AWS Lambda does: /var/task/bootstrap\n", stderr);
        return CANNOT_START;
    }
    setenv("AWS_CA_BUNDLE", trusted,
           0); /* unless the function's own environment names another one */
    execl(loader, loader, "--inhibit-cache", "--library-path", libraries, plumb, "lambda",
          (char *)NULL);
    perror(loader);
    return CANNOT_START;
}
