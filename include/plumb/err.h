/*
 * What went wrong, for a person and for a program.
 *
 * Every function that can fail takes a `struct plumb_err *` last and fills it before it returns
 * false or NULL. The struct is plain data, lives where the caller put it and owns nothing.
 */
#ifndef PLUMB_ERR_H
#define PLUMB_ERR_H

#define PLUMB_ERR_CODE_MAX 64
#define PLUMB_ERR_MESSAGE_MAX 512

struct plumb_err {
    char code[PLUMB_ERR_CODE_MAX];       /* a word to branch on: "Timeout", "NotPlumbState" */
    char message[PLUMB_ERR_MESSAGE_MAX]; /* what, with which input, and what to do */
    int status;                          /* errno, SQLite or curl number; 0 when there is none */
};

/* Fills err (NULL is fine) and returns false, so that `return plumb_err_set(...)` reads well.
 * A message that does not fit is cut. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
_Bool plumb_err_set(struct plumb_err *err, const char *code, int status, const char *format, ...);

#endif
