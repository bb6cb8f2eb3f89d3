/*
 * Text that a terminal brings as one paste: it comes between two marks, so that none of it is taken
 * for keys. This finds the end and makes the line ends newlines.
 *
 * A paste owns its buffer; plumb_paste_clear gives it back.
 */
#ifndef PLUMB_PASTE_H
#define PLUMB_PASTE_H

#include "plumb/buf.h"

/* To the terminal: mark pastes from now on, and no longer. What it then sends around them. */
#define PLUMB_PASTE_ON "\033[?2004h"
#define PLUMB_PASTE_OFF "\033[?2004l"
#define PLUMB_PASTE_BEGIN "\033[200~"
#define PLUMB_PASTE_END "\033[201~"

struct plumb_paste {
    struct plumb_buf text; /* without the marks; once it is full, the rest is dropped */
    size_t matched;        /* bytes of the end mark seen so far */
    bool ended;
    bool after_return; /* a line feed now belongs to the return before it */
};

/* An empty paste of at most max bytes, whose beginning has been seen. */
void plumb_paste_init(struct plumb_paste *paste, size_t max);

/* Takes the next byte; true once the end mark is whole. Text is kept as it comes, but for line
 * ends: a return, a line feed, or both together are one newline. */
bool plumb_paste_add(struct plumb_paste *paste, char c);

/* Whether more was pasted than fits. */
bool plumb_paste_is_cut(const struct plumb_paste *paste);

/* Gives the buffer back; safe on a zeroed paste. */
void plumb_paste_clear(struct plumb_paste *paste);

#endif
