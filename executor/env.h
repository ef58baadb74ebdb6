/* The variables ${NAME} stands for: what was set here, then an --env file, then the process environment. */
#ifndef EXECUTOR_ENV_H
#define EXECUTOR_ENV_H

#include <stdbool.h>
#include <stddef.h>

struct env;

struct env *env_new(void);
void env_free(struct env *env);
/* Copies both. A later set wins. */
void env_set(struct env *env, const char *name, const char *value);
/* NULL where nobody knows it. The string belongs to env (or the process) until the next env_set. */
const char *env_get(const struct env *env, const char *name);
/* The same without the white space around it that copies bring along; NULL where nothing is left. The caller
 * frees it. */
char *env_text(const struct env *env, const char *name);
/* The name of the first variable whose value accept takes, the strongest layer first; NULL where there is
 * none. The caller frees it. */
char *env_search(const struct env *env, bool (*accept)(void *ctx, const char *value), void *ctx);
/* Reads NAME=VALUE lines (# comments, blank lines, optional "export ", quotes as in the shell's simplest
 * form). False with *error (caller frees) naming file and line. */
bool env_load(struct env *env, const char *path, char **error);

#endif
