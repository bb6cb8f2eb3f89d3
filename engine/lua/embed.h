/*
 * The scripts inside the binary, and where a script comes from.
 */
#ifndef PLUMB_EMBED_H
#define PLUMB_EMBED_H

#include <stddef.h>

struct lua_State;

#define EMBED_SCRIPTS_DIR                                                                          \
    "plumb.scripts_dir" /* in the registry: the folder of --scripts, or nil                        \
                         */

/* One file of scripts/ as it was at build time. */
struct embedded_script {
    const char *name; /* "plumb/json.lua" */
    const char *bytes;
    size_t size;
};

extern const struct embedded_script embedded_scripts[]; /* sorted by name */
extern const size_t embedded_script_count;

/* The embedded script of that name, or NULL. */
const struct embedded_script *embed_find(const char *name);

/* [-0, +1, m] Compiles a script as a text chunk named after its place in the tree and pushes the
 * function, or pushes a message. Looked for in this order: scripts_dir (NULL when no --scripts was
 * given), and the binary. Returns LUA_OK, a load status, or -1 when there is none. */
int embed_load(struct lua_State *L, const char *scripts_dir, const char *name);

/* [-0, +0, m] Puts the searcher for scripts first in package.searchers. scripts_dir is copied. */
void embed_install(struct lua_State *L, const char *scripts_dir);

#endif
