/*
 * Bytes: a borrowed slice, and a growing buffer with a maximum from birth.
 *
 * A slice owns nothing and is valid as long as what it points into. A buffer owns its memory;
 * plumb_buf_clear gives it back, and wipes it first when the buffer was made secret.
 */
#ifndef PLUMB_BUF_H
#define PLUMB_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct plumb_slice {
    const char *p;
    size_t n;
};

struct plumb_buf {
    char *p;     /* always NUL-terminated once something was added; NULL before */
    size_t n;    /* bytes in use */
    size_t cap;  /* bytes allocated, the NUL included */
    size_t max;  /* bytes it may hold at most */
    bool failed; /* an add did not fit or memory ran out; every later add fails too */
    bool secret; /* wiped before its memory is released or moved */
};

/* A slice of a C string (NULL gives the empty slice). */
struct plumb_slice plumb_slice_of(const char *s);
bool plumb_slice_equal(struct plumb_slice a, struct plumb_slice b);

/* Makes b empty with room for at most max bytes; allocates nothing yet. */
void plumb_buf_init(struct plumb_buf *b, size_t max);

/* Appends; false when the maximum or memory was reached, and then b->failed stays true, so that a
 * run of adds can be checked once at its end. */
bool plumb_buf_add(struct plumb_buf *b, const void *p, size_t n);
bool plumb_buf_add_slice(struct plumb_buf *b, struct plumb_slice s);
bool plumb_buf_add_str(struct plumb_buf *b, const char *s);
bool plumb_buf_add_char(struct plumb_buf *b, char c);

/* What is in b; valid until the next add or clear. */
struct plumb_slice plumb_buf_slice(const struct plumb_buf *b);

/* Empties b and keeps its memory and maximum. */
void plumb_buf_reset(struct plumb_buf *b);

/* Releases the memory; b may be used again. Safe on a zeroed or cleared buffer. */
void plumb_buf_clear(struct plumb_buf *b);

#endif
