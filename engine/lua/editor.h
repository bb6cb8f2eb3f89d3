/*
 * Lines that people edit: libedit with history, completion by a Lua function, and pastes that are
 * taken as text. Without libedit every function here does nothing and says so.
 *
 * An editor lives inside a Lua userdata and owns all its fields; zeroed it is valid and empty.
 */
#ifndef PLUMB_EDITOR_H
#define PLUMB_EDITOR_H

#include <lua.h>
#include <stdbool.h>

#include "plumb/paste.h"

struct editor {
    char *line; /* getline's memory */
    size_t line_size;
#if HAVE_LIBEDIT
    struct editline *el;
    struct history *history;
    char *history_path;     /* NULL: kept for this session only */
    char *prompt;           /* what libedit asks for while it draws */
    struct plumb_buf chunk; /* a line that was pasted in several */
    bool pasted;            /* chunk is this line */
    bool dropped;           /* the line was interrupted, and was not empty */
    lua_State *L;           /* while a line is read */
    int complete;           /* where the completing function is in L; 0 without one */
#endif
};

/* Whether there is libedit and a terminal that it can work on. */
bool editor_can_edit(struct editor *editor);

/* Reads one line, after editor_can_edit. complete: stack index of a function (text, bytes before
 * the cursor) -> what to insert or nil, what to list or nil; 0 without one. The line, with its
 * newline, is the editor's until the next one; its p is NULL at the end of input, and also when a
 * signal came: then *interrupted is true. */
struct plumb_slice editor_read(struct editor *editor, lua_State *L, const char *prompt,
                               int complete, bool *interrupted);

/* Whether the last line came as a paste of several lines. */
bool editor_was_pasted(const struct editor *editor);

/* Whether something was typed already when the last line was interrupted. */
bool editor_dropped_text(const struct editor *editor);

/* Keeps history in a file of mode 0600 from now on, and reads it when it exists. False when there
 * is no history. */
bool editor_open_history(struct editor *editor, const char *path);

/* Remembers a line and adds it to the file, unless the line is empty or begins with a blank. */
void editor_remember(struct editor *editor, const char *line);

/* Gives everything back; safe to run twice. */
void editor_close(struct editor *editor);

#endif
