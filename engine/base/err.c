#include "plumb/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

bool plumb_err_set(struct plumb_err *err, const char *code, int status, const char *format, ...)
{
    va_list args;

    if (!err)
        return false;
    /* A message may be built from the err it replaces ("cannot open: <old message>"), so it is
     * made beside it first. */
    struct plumb_err made = { .status = status };
    (void)snprintf(made.code, sizeof made.code, "%s", code);
    va_start(args, format);
    int length = vsnprintf(made.message, sizeof made.message, format, args);
    va_end(args);
    if (length < 0)
        made.message[0] = '\0';
    *err = made;
    return false;
}
