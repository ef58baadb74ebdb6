/* What a command that runs something stands on: the loop, the engine with its workflow, the mock backend in
 * process, settings and signals; opened in one call, closed in one. */
#ifndef TUI_PROGRAM_H
#define TUI_PROGRAM_H

#include "orchestrator/orchestrator.h"
#include "tui/output.h"
#include "tui/settings.h"

struct program {
	const struct options *options;
	struct settings settings;
	uv_loop_t loop;
	struct engine *engine;
	size_t tolerated;          /* faults of the workflow that do not keep it from running */
	struct mock_server *mock;  /* NULL without --mock */
	struct cassette *cassette; /* NULL: live */
	bool json;
	int interrupted;         /* the signal that asked us to end, 0 before */
	uint64_t interrupted_ms; /* when, by the loop's clock */
	/* Called from the loop when it did, for the command to cancel what runs; may be NULL. */
	void (*on_interrupt)(void *ctx);
	void *ctx;
	uv_prepare_t waiting; /* active inside program_wait */
	uv_signal_t signals[2];
	bool catches_signals;
};

/* Reads settings, loads the workflow at path (NULL: none), starts the mock backend. Returns STATUS_OK, or
 * another status after having complained. Call program_close in any case; before program_open, settings_init
 * may have been given defaults through program_init. */
void program_init(struct program *program, const struct options *options);
int program_open(struct program *program, const char *path);
/* The model that the settings name, with its settings; program_open does so by itself for every command but
 * the doctor. False with *error (caller frees). */
bool program_use_model(struct program *program, char **error);
/* From now on SIGINT and SIGTERM ask the command to end; a second one ends it at once. */
void program_catch_signals(struct program *program);
/* Turns the loop until *done. */
void program_wait(struct program *program, const bool *done);
/* Frees everything. Returns status, or what overrules it: 128 plus the signal after an interruption,
 * STATUS_SYSTEM when standard output, log or cassette could not be written to the end. */
int program_close(struct program *program, int status);

/* Reads settings without a workflow's, and fills env from the --env file they name. STATUS_OK, or another
 * status after having complained. */
int program_read_environment(const struct options *options, struct settings *settings, struct env *env);

/* Loads, merges the variant of that path (NULL: none) and checks; complains and returns NULL with *status set
 * when that fails, or when turns are wanted and nobody would take them. *tolerated counts the faults it was
 * loaded in spite of: warnings, and integrations that fail when they are called. */
struct workflow *program_load_workflow(
	const char *path, const char *variant, bool for_turns, size_t *tolerated, int *status);
/* The same for a mock backend's file. */
struct mock_definition *program_load_mock(const char *path, int *status);
/* A node by its id; complains with the nearest ids and returns NULL when there is none. */
struct node *program_find_node(const struct workflow *workflow, const char *id);

/* True where the workflow has what the orchestrator needs; else complains. */
bool program_has_orchestrator(const struct program *program, const struct orchestrator_ops *orchestrator);

#define PROGRAM_FILE_MAX ((size_t)32 << 20) /* bytes of a workflow, mock definition or script */

#endif
