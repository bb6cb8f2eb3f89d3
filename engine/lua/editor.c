#include "editor.h"

#include <stdlib.h>

#include "bind.h"

#if HAVE_LIBEDIT

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_SIZE = 1000, PASTE_MAX = 4 << 20 };

static struct editor *editor_of(EditLine *el)
{
    struct editor *editor = NULL;
    (void)el_get(el, EL_CLIENTDATA, &editor);
    return editor;
}

static char *give_prompt(EditLine *el)
{
    struct editor *editor = editor_of(el);
    static char none[] = "";
    return editor && editor->prompt ? editor->prompt : none;
}

/* --- completion --- */

/* Tab. The candidates, when there are several, come as a text to show above the line. */
static unsigned char complete_here(EditLine *el, int ch)
{
    struct editor *editor = editor_of(el);
    const LineInfo *line = el_line(el);
    unsigned char result = CC_ERROR; /* a beep */
    lua_State *L = editor->L;
    int top = lua_gettop(L);

    (void)ch;
    if (!editor->complete || !lua_checkstack(L, 8))
        return result;
    lua_pushvalue(L, editor->complete);
    lua_pushlstring(L, line->buffer, (size_t)(line->lastchar - line->buffer));
    lua_pushinteger(L, line->cursor - line->buffer);
    if (lua_pcall(L, 2, 2, 0) == LUA_OK) {
        const char *insertion = lua_tostring(L, -2), *listing = lua_tostring(L, -1);
        if (insertion && *insertion && el_insertstr(el, insertion) == 0)
            result = CC_REFRESH;
        if (listing && *listing) {
            (void)fprintf(stdout, "\n%s", listing);
            (void)fflush(stdout);
            result = CC_REDISPLAY;
        }
    }
    lua_settop(L, top);
    return result;
}

/* --- pastes --- */

/* Reads up to the end of the paste. libedit hands out characters of the locale, and the bytes are
 * wanted. */
static void read_paste(EditLine *el, struct plumb_paste *paste)
{
    wchar_t wide;
    mbstate_t state = { 0 };
    char bytes[MB_LEN_MAX];

    while (!paste->ended && el_wgetc(el, &wide) == 1) {
        size_t n = wcrtomb(bytes, wide, &state);
        for (size_t i = 0; n != (size_t)-1 && i < n; i++)
            (void)plumb_paste_add(paste, bytes[i]);
    }
}

static void redraw(EditLine *el)
{
    (void)fputs("\r\033[K", stdout);
    (void)el_set(el, EL_REFRESH, NULL);
}

/* Several lines are taken at once, as one input; the first of them stands on the screen where it
 * was pasted, and whoever asked for the line shows the others. */
static unsigned char take_lines(EditLine *el, struct editor *editor, struct plumb_slice text)
{
    const LineInfo *line = el_line(el);
    size_t before = (size_t)(line->cursor - line->buffer);
    size_t after = (size_t)(line->lastchar - line->cursor);
    const char *end = memchr(text.p, '\n', text.n);
    char *first = strndup(text.p, (size_t)(end - text.p));

    plumb_buf_reset(&editor->chunk);
    (void)plumb_buf_add(&editor->chunk, line->buffer, before);
    (void)plumb_buf_add(&editor->chunk, text.p, text.n);
    (void)plumb_buf_add(&editor->chunk, line->cursor, after);
    editor->pasted = !editor->chunk.failed;
    if (!first || !editor->pasted) {
        free(first);
        return CC_ERROR;
    }
    (void)el_insertstr(el, first);
    redraw(el);
    free(first);
    (void)el_insertstr(el, "\n"); /* an empty line would be the end of input */
    (void)fputc('\n', stdout);
    return CC_NEWLINE;
}

static unsigned char take_paste(EditLine *el, int ch)
{
    struct editor *editor = editor_of(el);
    struct plumb_paste paste;
    unsigned char result = CC_ERROR;

    (void)ch;
    plumb_paste_init(&paste, PASTE_MAX);
    read_paste(el, &paste);
    struct plumb_slice text = plumb_buf_slice(&paste.text);
    if (paste.ended && !plumb_paste_is_cut(&paste) && text.n > 0) {
        if (memchr(text.p, '\n', text.n))
            result = take_lines(el, editor, text);
        else if (el_insertstr(el, text.p) == 0)
            result = CC_REFRESH;
    }
    plumb_paste_clear(&paste);
    return result;
}

/* --- the editor --- */

static bool open_history(struct editor *editor)
{
    HistEvent event;
    if (editor->history)
        return true;
    editor->history = history_init();
    if (!editor->history)
        return false;
    (void)history(editor->history, &event, H_SETSIZE, HISTORY_SIZE);
    (void)history(editor->history, &event, H_SETUNIQUE, 1);
    return true;
}

static void bind_keys(EditLine *el)
{
    (void)el_set(el, EL_EDITOR, "emacs");
    (void)el_set(el, EL_BIND, "^R", "em-inc-search-prev", (char *)NULL);
    /* wide, because of others libedit makes copies that it never gives back */
    (void)el_wset(el, EL_ADDFN, L"plumb-complete", L"complete the word", complete_here);
    (void)el_wset(el, EL_ADDFN, L"plumb-paste", L"take a paste as text", take_paste);
    (void)el_source(el, NULL); /* ~/.editrc, for those who think in vi */
    (void)el_set(el, EL_BIND, "^I", "plumb-complete", (char *)NULL);
    (void)el_set(el, EL_BIND, PLUMB_PASTE_BEGIN, "plumb-paste", (char *)NULL);
}

static bool open_editor(struct editor *editor)
{
    if (editor->el)
        return true;
    if (!open_history(editor))
        return false;
    editor->el = el_init("plumb", stdin, stdout, stderr);
    if (!editor->el)
        return false;
    plumb_buf_init(&editor->chunk, PASTE_MAX);
    (void)el_set(editor->el, EL_CLIENTDATA, editor);
    (void)el_set(editor->el, EL_PROMPT_ESC, give_prompt, '\1');
    (void)el_set(editor->el, EL_HIST, history, editor->history);
    /* Ctrl-Z and a new size of the window while a line is typed; Ctrl-C still comes to us as well
     */
    (void)el_set(editor->el, EL_SIGNAL, 1);
    bind_keys(editor->el);
    return true;
}

bool editor_can_edit(struct editor *editor)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
           open_editor(editor);
}

/* Marked from the first line to the last, also while nothing is read: what is pasted during a call
 * waits in the terminal and is read as a paste afterwards. */
static void mark_pastes(bool on)
{
    (void)fputs(on ? PLUMB_PASTE_ON : PLUMB_PASTE_OFF, stdout);
    (void)fflush(stdout);
}

struct plumb_slice editor_read(struct editor *editor, lua_State *L, const char *prompt,
                               int complete, bool *interrupted)
{
    int n = 0;
    char *copy = strdup(prompt);

    free(editor->prompt);
    editor->prompt = copy;
    editor->L = L;
    editor->complete = complete;
    editor->pasted = false;
    el_resize(editor->el); /* the window may have another size since the last line */
    mark_pastes(true);
    errno = 0;
    const char *line = el_gets(editor->el, &n);
    *interrupted = (!line || n <= 0) && errno == EINTR;
    const LineInfo *left = el_line(editor->el);
    editor->dropped = *interrupted && left->lastchar > left->buffer;
    editor->L = NULL;
    if (line && n > 0 && editor->pasted)
        return plumb_buf_slice(&editor->chunk);
    return line && n > 0 ? (struct plumb_slice){ line, (size_t)n }
                         : (struct plumb_slice){ NULL, 0 };
}

bool editor_was_pasted(const struct editor *editor)
{
    return editor->pasted;
}

bool editor_dropped_text(const struct editor *editor)
{
    return editor->dropped;
}

/* --- history --- */

/* The file, made with a mode that nobody else can read; NULL when it cannot be. */
static FILE *open_history_file(const struct editor *editor, int how)
{
    int fd = open(editor->history_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | how, 0600);
    if (fd < 0)
        return NULL;
    (void)!fchmod(fd, 0600);
    FILE *file = fdopen(fd, how == O_APPEND ? "a" : "w");
    if (!file)
        close(fd);
    else
        (void)fseek(file, 0, SEEK_END); /* an empty file gets libedit's first line, no other */
    return file;
}

static void write_history(const struct editor *editor, History *entries, int how)
{
    HistEvent event;
    FILE *file = open_history_file(editor, how);
    if (!file)
        return;
    (void)history(entries, &event, H_SAVE_FP, file);
    (void)fclose(file);
}

/* One line at the end: several sessions share the file, and none takes the lines of another. */
static void append_line(const struct editor *editor, const char *line)
{
    HistEvent event;
    History *one = history_init();
    if (!one)
        return;
    (void)history(one, &event, H_SETSIZE, 1);
    if (history(one, &event, H_ENTER, line) >= 0)
        write_history(editor, one, O_APPEND);
    history_end(one);
}

bool editor_open_history(struct editor *editor, const char *path)
{
    HistEvent event;
    if (!open_history(editor))
        return false;
    free(editor->history_path);
    editor->history_path = strdup(path);
    (void)history(editor->history, &event, H_LOAD, path);
    (void)history(editor->history, &event, H_GETSIZE);
    if (editor->history_path && event.num >= HISTORY_SIZE)
        write_history(editor, editor->history, O_TRUNC); /* what was loaded is the newest part */
    return true;
}

void editor_remember(struct editor *editor, const char *line)
{
    HistEvent event;
    if (*line == '\0' || *line == ' ' || !open_history(editor))
        return;
    bool is_new = history(editor->history, &event, H_ENTER, line) > 0;
    if (is_new && editor->history_path)
        append_line(editor, line);
}

void editor_close(struct editor *editor)
{
    if (editor->el) {
        mark_pastes(false);
        el_end(editor->el);
    }
    if (editor->history)
        history_end(editor->history);
    plumb_buf_clear(&editor->chunk);
    free(editor->history_path);
    free(editor->prompt);
    free(editor->line);
    *editor = (struct editor){ 0 };
}

#else

bool editor_can_edit(struct editor *editor)
{
    (void)editor;
    return false;
}

struct plumb_slice editor_read(struct editor *editor, lua_State *L, const char *prompt,
                               int complete, bool *interrupted)
{
    (void)editor, (void)L, (void)prompt, (void)complete;
    *interrupted = false;
    return (struct plumb_slice){ NULL, 0 };
}

bool editor_was_pasted(const struct editor *editor)
{
    (void)editor;
    return false;
}

bool editor_dropped_text(const struct editor *editor)
{
    (void)editor;
    return false;
}

bool editor_open_history(struct editor *editor, const char *path)
{
    (void)editor, (void)path;
    return false;
}

void editor_remember(struct editor *editor, const char *line)
{
    (void)editor, (void)line;
}

void editor_close(struct editor *editor)
{
    free(editor->line);
    *editor = (struct editor){ 0 };
}

#endif
