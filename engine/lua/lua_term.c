/*
 * engine.term: the terminal. Door: scripts/plumb/term.lua.
 *
 * Lines are edited with libedit where it was built in and there is a terminal that can do it;
 * otherwise they are read as they come. One editor per Lua state, made when the first line is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "bind.h"

#if HAVE_LIBEDIT
#include <histedit.h>
#endif

#define EDITOR "engine.term.editor"

enum { HISTORY_SIZE = 1000 };

struct editor {
    char *line; /* getline's memory */
    size_t line_size;
#if HAVE_LIBEDIT
    EditLine *el;
    History *history;
    char *history_path; /* NULL: kept for this session only */
    char *prompt;       /* what libedit asks for while it draws */
#endif
};

static struct editor *get_editor(lua_State *L)
{
    return luaL_checkudata(L, lua_upvalueindex(1), EDITOR);
}

/* --- with libedit --- */

#if HAVE_LIBEDIT

static char *give_prompt(EditLine *el)
{
    struct editor *editor = NULL;
    static char none[] = "";
    (void)el_get(el, EL_CLIENTDATA, &editor);
    return editor && editor->prompt ? editor->prompt : none;
}

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

static bool open_editor(struct editor *editor)
{
    if (editor->el)
        return true;
    if (!open_history(editor))
        return false;
    editor->el = el_init("plumb", stdin, stdout, stderr);
    if (!editor->el)
        return false;
    (void)el_set(editor->el, EL_CLIENTDATA, editor);
    (void)el_set(editor->el, EL_PROMPT_ESC, give_prompt, '\1');
    (void)el_set(editor->el, EL_EDITOR, "emacs");
    (void)el_set(editor->el, EL_HIST, history, editor->history);
    (void)el_set(editor->el, EL_BIND, "^R", "em-inc-search-prev", (char *)NULL);
    (void)el_source(editor->el, NULL); /* ~/.editrc, for those who think in vi */
    return true;
}

static bool can_edit(void)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* The line with its newline, owned by libedit until the next one; NULL at the end of input. */
static const char *edit_line(struct editor *editor, const char *prompt, int *n)
{
    free(editor->prompt);
    editor->prompt = strdup(prompt);
    return el_gets(editor->el, n);
}

/* The file is made before libedit could make it with a mode that others can read. */
static void save_history(struct editor *editor)
{
    HistEvent event;
    int fd = open(editor->history_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    (void)!fchmod(fd, 0600);
    close(fd);
    (void)history(editor->history, &event, H_SAVE, editor->history_path);
}

static void close_editor(struct editor *editor)
{
    if (editor->el)
        el_end(editor->el);
    if (editor->history)
        history_end(editor->history);
    free(editor->history_path);
    free(editor->prompt);
    editor->el = NULL;
    editor->history = NULL;
    editor->history_path = editor->prompt = NULL;
}

/* history_open(path) -> whether there is a history. Reads the file when it exists. */
static int term_history_open(lua_State *L)
{
    HistEvent event;
    struct editor *editor = get_editor(L);
    const char *path = luaL_checkstring(L, 1);
    bool opened = open_history(editor);

    if (opened) {
        free(editor->history_path);
        editor->history_path = strdup(path);
        (void)history(editor->history, &event, H_LOAD, path);
    }
    lua_pushboolean(L, opened);
    return 1;
}

/* history_add(line): remembered and saved, unless it begins with a blank */
static int term_history_add(lua_State *L)
{
    HistEvent event;
    struct editor *editor = get_editor(L);
    const char *line = luaL_checkstring(L, 1);

    if (line[0] == '\0' || line[0] == ' ' || !open_history(editor))
        return 0;
    (void)history(editor->history, &event, H_ENTER, line);
    if (editor->history_path)
        save_history(editor);
    return 0;
}

#else

static int term_history_open(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_pushboolean(L, 0);
    return 1;
}

static int term_history_add(lua_State *L)
{
    luaL_checkstring(L, 1);
    return 0;
}

#endif

/* --- reading a line --- */

static int push_line(lua_State *L, const char *line, size_t n)
{
    if (n > 0 && line[n - 1] == '\n')
        n--;
    lua_pushlstring(L, line, n);
    return 1;
}

static int end_of_input(lua_State *L, int reason)
{
    luaL_pushfail(L);
    if (reason != EINTR)
        return 1;
    lua_pushliteral(L, "interrupted"); /* Ctrl-C: the line is dropped, input goes on */
    return 2;
}

/* read_line(prompt) -> line | nil at the end | nil, "interrupted". Blocks everything else. Colours
 * in the prompt stand between \1 and \1. */
static int term_read_line(lua_State *L)
{
    struct editor *editor = get_editor(L);
    const char *prompt = luaL_checkstring(L, 1);

#if HAVE_LIBEDIT
    if (can_edit() && open_editor(editor)) {
        int n = 0;
        errno = 0;
        const char *line = edit_line(editor, prompt, &n);
        return line && n > 0 ? push_line(L, line, (size_t)n) : end_of_input(L, n < 0 ? errno : 0);
    }
#endif
    for (const char *p = prompt; isatty(STDIN_FILENO) && *p; p++) {
        if (*p != '\1')
            (void)putchar(*p);
    }
    (void)fflush(stdout);
    errno = 0;
    ssize_t n = getline(&editor->line, &editor->line_size, stdin);
    if (n > 0)
        return push_line(L, editor->line, (size_t)n);
    int reason = errno;
    clearerr(stdin);
    return end_of_input(L, reason);
}

static int editor_gc(lua_State *L) /* safe to run twice */
{
    struct editor *editor = luaL_checkudata(L, 1, EDITOR);
#if HAVE_LIBEDIT
    close_editor(editor);
#endif
    free(editor->line);
    editor->line = NULL;
    editor->line_size = 0;
    return 0;
}

/* --- the screen --- */

static int term_isatty(lua_State *L) /* isatty(fd) -> boolean */
{
    lua_Integer fd = luaL_checkinteger(L, 1);
    luaL_argcheck(L, fd >= 0 && fd <= 2, 1, "0, 1 or 2");
    lua_pushboolean(L, isatty((int)fd));
    return 1;
}

static int term_width(lua_State *L) /* width() -> columns of the terminal | nil without one */
{
    struct winsize size = { 0 };
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
            lua_pushinteger(L, size.ws_col);
            return 1;
        }
    }
    luaL_pushfail(L);
    return 1;
}

static bool is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static int term_is_utf8(lua_State *L) /* is_utf8() -> whether the terminal's locale takes UTF-8 */
{
    lua_pushboolean(L, is_utf8());
    return 1;
}

/* display_width(text) -> columns it takes: 2 for wide characters, 0 for combining ones and control
 * characters, 1 for each byte that is no UTF-8. */
static int term_display_width(lua_State *L)
{
    struct plumb_slice s = bind_check_slice(L, 1);
    mbstate_t state = { 0 };
    lua_Integer columns = 0;

    for (size_t i = 0; i < s.n;) {
        wchar_t c;
        size_t n = mbrtowc(&c, s.p + i, s.n - i, &state);
        if (n == (size_t)-1 || n == (size_t)-2) {
            state = (mbstate_t){ 0 };
            columns++;
            i++;
            continue;
        }
        int width = wcwidth(c);
        columns += width > 0 ? width : 0;
        i += n > 0 ? n : 1; /* NUL is one byte that mbrtowc counts as none */
    }
    lua_pushinteger(L, columns);
    return 1;
}

/* Characters need a locale, numbers must not have one: a comma for the point would break Lua and
 * JSON. So LC_CTYPE alone, and UTF-8 even where no locale is set (cron, containers, Lambda). */
static void set_locale(void)
{
    (void)setlocale(LC_CTYPE, "");
    if (!is_utf8())
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

static const luaL_Reg functions[] = {
    { "isatty", term_isatty },           { "width", term_width },
    { "is_utf8", term_is_utf8 },         { "display_width", term_display_width },
    { "read_line", term_read_line },     { "history_open", term_history_open },
    { "history_add", term_history_add }, { NULL, NULL },
};

int luaopen_engine_term(lua_State *L)
{
    set_locale();
    luaL_newlibtable(L, functions);
    struct editor *editor = lua_newuserdatauv(L, sizeof *editor, 0);
    *editor = (struct editor){ 0 };
    if (luaL_newmetatable(L, EDITOR)) {
        lua_pushcfunction(L, editor_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
