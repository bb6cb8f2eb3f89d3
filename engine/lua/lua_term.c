/*
 * engine.term: the terminal. Door: scripts/plumb/term.lua.
 *
 * Lines are edited with libedit where it was built in and there is a terminal that can do it;
 * otherwise they are read as they come. One editor per Lua state, made when the first line is read.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "../engine.h"
#include "bind.h"
#include "editor.h"

#define EDITOR "engine.term.editor"

static struct editor *get_editor(lua_State *L)
{
    return luaL_checkudata(L, lua_upvalueindex(1), EDITOR);
}

/* --- reading a line --- */

/* What a person types is also how that person speaks to the gate of a read-only session. A paste is
 * not: whoever wrote it need not be the one who sits here. */
static int push_line(lua_State *L, struct plumb_slice line, bool pasted)
{
    struct plumb *engine = bind_engine(L);
    if (isatty(STDIN_FILENO) && !pasted)
        engine->gate = plumb_gate_hear(engine->gate, line);
    if (line.n > 0 && line.p[line.n - 1] == '\n')
        line.n--;
    lua_pushlstring(L, line.p, line.n);
    lua_pushboolean(L, pasted);
    return 2;
}

static int end_of_input(lua_State *L, bool interrupted)
{
    luaL_pushfail(L);
    if (!interrupted)
        return 1;
    lua_pushliteral(L, "interrupted"); /* Ctrl-C: the line is dropped, input goes on */
    lua_pushboolean(L, editor_dropped_text(get_editor(L)));
    return 3;
}

static int read_plain_line(lua_State *L, struct editor *editor, const char *prompt)
{
    for (const char *p = prompt; isatty(STDIN_FILENO) && *p; p++) {
        if (*p != '\1')
            (void)putchar(*p);
    }
    (void)fflush(stdout);
    errno = 0;
    ssize_t n = getline(&editor->line, &editor->line_size, stdin);
    if (n > 0)
        return push_line(L, (struct plumb_slice){ editor->line, (size_t)n }, false);
    bool interrupted = errno == EINTR;
    clearerr(stdin);
    return end_of_input(L, interrupted);
}

/* read_line(prompt, complete?) -> line, whether it was pasted | nil at the end | nil,
 * "interrupted", whether something was typed already. Blocks everything else. Colours in the prompt
 * stand between \1 and \1. complete(text, bytes before the cursor) -> what to insert?, what to
 * list? */
static int term_read_line(lua_State *L)
{
    struct editor *editor = get_editor(L);
    const char *prompt = luaL_checkstring(L, 1);
    bool interrupted;

    lua_settop(L, 2);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_isfunction(L, 2), 2, "function");
    if (!editor_can_edit(editor))
        return read_plain_line(L, editor, prompt);
    struct plumb_slice line = editor_read(editor, L, prompt, lua_isnil(L, 2) ? 0 : 2, &interrupted);
    return line.p ? push_line(L, line, editor_was_pasted(editor)) : end_of_input(L, interrupted);
}

static int editor_gc(lua_State *L) /* safe to run twice */
{
    editor_close(luaL_checkudata(L, 1, EDITOR));
    return 0;
}

/* history_open(path) -> whether there is a history. Reads the file when it exists. */
static int term_history_open(lua_State *L)
{
    lua_pushboolean(L, editor_open_history(get_editor(L), luaL_checkstring(L, 1)));
    return 1;
}

/* history_add(line): remembered and saved, unless it begins with a blank */
static int term_history_add(lua_State *L)
{
    editor_remember(get_editor(L), luaL_checkstring(L, 1));
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

static int term_width(lua_State *L) /* width() -> columns, rows of the terminal | nil without one */
{
    struct winsize size = { 0 };
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
            lua_pushinteger(L, size.ws_col);
            lua_pushinteger(L, size.ws_row);
            return 2;
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
