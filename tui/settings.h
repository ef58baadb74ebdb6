/* What the program was told, from its four places: flags over TESTPANEL_* over config.json over the
 * workflow's top-level testpanel member over defaults. Layers are set in any order; the strongest wins. Every
 * value remembers where it came from, so that a message can say so. */
#ifndef TUI_SETTINGS_H
#define TUI_SETTINGS_H

#include "audio/audio.h"
#include "orchestrator/orchestrator.h"
#include "tui/options.h"

/* id and option, member of config.json, may a workflow set it? (a workflow is someone else's file: it names
 * no files) */
#define SETTINGS(_)                                                                                          \
	_(ORCHESTRATOR, "orchestrator", true)                                                                \
	_(MODEL, "model", true)                                                                              \
	_(RECOGNISER, "recogniser", true)                                                                    \
	_(SYNTHESISER, "synthesiser", true)                                                                  \
	_(SEED, "seed", true)                                                                                \
	_(ENV, "env", false)                                                                                 \
	_(MOCK, "mock", false)                                                                               \
	_(RECORD, "record", false)                                                                           \
	_(REPLAY, "replay", false)                                                                           \
	_(CASSETTE, "cassette", false)                                                                       \
	_(LOG, "log", false)                                                                                 \
	_(LOG_LEVEL, "logLevel", false)

enum setting {
#define SETTING_ENUM(id, member, workflow) SETTING_##id,
	SETTINGS(SETTING_ENUM)
#undef SETTING_ENUM
	SETTING_COUNT
};

enum settings_layer {
	LAYER_DEFAULT,
	LAYER_WORKFLOW,
	LAYER_CONFIG,
	LAYER_ENVIRONMENT,
	LAYER_OPTIONS,
};

struct setting_value {
	enum settings_layer layer;
	char *text;   /* NULL: not set */
	char *origin; /* "--seed", "TESTPANEL_SEED", "FILE: /seed" */
};

struct settings {
	struct setting_value values[SETTING_COUNT];
	cJSON *speech; /* config.json's, checked; NULL: it has none. See tui/speech_settings.h */
	/* Filled by settings_check: */
	const struct orchestrator_ops *orchestrator;
	const struct model_ops *model;
	const struct recogniser_ops *recogniser;
	const struct synthesiser_ops *synthesiser;
	uint64_t seed; /* 0: one nobody chose */
	enum log_level log_level;
};

void settings_init(struct settings *settings);
void settings_done(struct settings *settings);
/* The text of a setting, NULL when nobody set it. */
const char *settings_get(const struct settings *settings, enum setting setting);
/* Copies both; ignored where a stronger layer has set it. */
void settings_set(struct settings *settings, enum setting setting, enum settings_layer layer,
	const char *text, const char *origin);

void settings_from_options(struct settings *settings, const struct options *options);
void settings_from_environment(struct settings *settings);
/* Members that are none of ours are the workflow's own business. testpanel may be NULL. */
void settings_from_workflow(struct settings *settings, const cJSON *testpanel, const char *path);
/* A missing file is no error. Files it names are relative to it. False with *error (caller frees), one line
 * for each fault, with file, line and cure. */
bool settings_from_config(struct settings *settings, const char *path, char **error);
/* $XDG_CONFIG_HOME/testpanel/config.json, else the one under $HOME/.config; NULL where neither is set. Caller
 * frees. */
char *settings_config_path(void);
/* Turns texts into values. False with *error (caller frees) naming origin and cure. */
bool settings_check(struct settings *settings, char **error);

/* An orchestrator by name; NULL with *error (caller frees) that begins with origin and names the cure. */
const struct orchestrator_ops *settings_orchestrator(const char *name, const char *origin, char **error);

#endif
