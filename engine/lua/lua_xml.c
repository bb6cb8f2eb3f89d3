/*
 * engine.xml: XML text as a tree of tables. Door: scripts/plumb/xml.lua.
 *
 * For answers of AWS, which are small, flat and without a document type. Anything that could make a
 * small text large or reach outside of it is refused: a DTD (and so every entity but the five that
 * XML itself knows), depth beyond MAX_DEPTH, too many elements, too many bytes.
 */
#include <expat.h>

#include "bind.h"

int luaopen_engine_xml(lua_State *L);

#define PARSER "engine.xml.parser"

enum { MAX_DEPTH = 32, MAX_ELEMENTS = 100000, MAX_BYTES = 4 * 1024 * 1024 };

/*
 * One parse. Lua owns it (to be closed), because the handlers push values and so may raise for want
 * of memory; expat is then left in the middle and only freed.
 */
struct parser {
    XML_Parser expat;
    lua_State *L;
    const char *refused;          /* why we stopped; NULL when we did not */
    struct plumb_buf text;        /* character data of the open elements, one after another */
    size_t starts[MAX_DEPTH + 1]; /* where the text of each open element begins */
    int depth;
    int elements;
};

static int parser_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct parser *p = luaL_checkudata(L, 1, PARSER);
    if (p->expat)
        XML_ParserFree(p->expat);
    p->expat = NULL;
    plumb_buf_clear(&p->text);
    return 0;
}

static void refuse(struct parser *p, const char *why)
{
    if (!p->refused)
        p->refused = why;
    XML_StopParser(p->expat, XML_FALSE);
}

/* Leaves the new element on the stack, above its parent: the stack is the path to where we are. */
static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct parser *p = data;
    lua_State *L = p->L;

    if (p->refused)
        return;
    if (p->depth == MAX_DEPTH || p->elements == MAX_ELEMENTS) {
        refuse(p, p->depth == MAX_DEPTH ? "nested too deeply" : "too many elements");
        return;
    }
    p->elements++;
    p->starts[++p->depth] = p->text.n;
    lua_createtable(L, 0, 4);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "name");
    lua_newtable(L);
    for (; attributes[0]; attributes += 2) {
        lua_pushstring(L, attributes[1]);
        lua_setfield(L, -2, attributes[0]);
    }
    lua_setfield(L, -2, "attrs");
    lua_newtable(L);
    lua_setfield(L, -2, "children");
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
    struct parser *p = data;
    lua_State *L = p->L;
    (void)name;

    if (p->refused)
        return;
    size_t start = p->starts[p->depth--];
    lua_pushlstring(L, p->text.n > start ? p->text.p + start : "", p->text.n - start);
    lua_setfield(L, -2, "text");
    p->text.n = start;
    if (p->depth == 0)
        return; /* the root stays on the stack */
    lua_getfield(L, -2, "children");
    lua_insert(L, -2);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
}

static void XMLCALL on_text(void *data, const XML_Char *bytes, int count)
{
    struct parser *p = data;
    if (!p->refused && !plumb_buf_add(&p->text, bytes, (size_t)count))
        refuse(p, "too much text");
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(data, "a document type is not accepted");
}

static struct parser *new_parser(lua_State *L)
{
    struct parser *p = lua_newuserdatauv(L, sizeof *p, 0);
    *p = (struct parser){ .L = L };
    plumb_buf_init(&p->text, MAX_BYTES);
    luaL_setmetatable(L, PARSER); /* empty yet valid: Lua owns every exit from here */
    lua_toclose(L, -1);
    p->expat = XML_ParserCreate(NULL);
    if (!p->expat)
        luaL_error(L, "not enough memory");
    XML_SetUserData(p->expat, p);
    XML_SetElementHandler(p->expat, on_start, on_end);
    XML_SetCharacterDataHandler(p->expat, on_text);
    XML_SetStartDoctypeDeclHandler(p->expat, on_doctype);
    return p;
}

/* parse(text) -> { name=, attrs={name -> text}, children={...}, text= } | nil, message. `text` is
 * the character data directly inside an element. Prefixes stay part of the names. */
static int xml_parse(lua_State *L)
{
    struct plumb_slice text = bind_check_slice(L, 1);
    lua_settop(L, 1);
    if (text.n > MAX_BYTES) {
        luaL_pushfail(L);
        lua_pushliteral(L, "XML: larger than 4 MiB");
        return 2;
    }
    luaL_checkstack(L, MAX_DEPTH + 8, "XML");
    struct parser *p = new_parser(L);
    if (XML_Parse(p->expat, text.p, (int)text.n, XML_TRUE) == XML_STATUS_OK && !p->refused)
        return 1;
    const char *why = p->refused ? p->refused : XML_ErrorString(XML_GetErrorCode(p->expat));
    int line = (int)XML_GetCurrentLineNumber(p->expat);
    lua_settop(L, 2); /* elements that stayed open */
    luaL_pushfail(L);
    lua_pushfstring(L, "XML, line %d: %s", line, why);
    return 2;
}

static const luaL_Reg parser_methods[] = {
    { "__gc", parser_close },
    { "__close", parser_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "parse", xml_parse },
    { NULL, NULL },
};

int luaopen_engine_xml(lua_State *L)
{
    luaL_newmetatable(L, PARSER);
    luaL_setfuncs(L, parser_methods, 0);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
