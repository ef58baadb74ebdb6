/* The command line: one table of commands, one of options, from which parsing, --help and the completions are
 * made. Pure apart from getopt's own state, which is reset on the way in. */
#ifndef TUI_OPTIONS_H
#define TUI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* name, arguments, fewest, most (-1: any number), what it does */
#define COMMANDS(_)                                                                                          \
	_(CONSOLE, "", "[WORKFLOW]", 0, 1, "the console; without WORKFLOW on the bundled demo")              \
	_(RUN, "run", "WORKFLOW", 1, 1, "turns without a screen")                                            \
	_(EXEC, "exec", "WORKFLOW NODE", 2, 2, "one integration or tool node")                               \
	_(VALIDATE, "validate", "FILE...", 1, -1, "every fault of workflows, variants and mock files")       \
	_(TOOLS, "tools", "WORKFLOW [NODE]", 1, 2, "the tools an agent gets, as function schemas")           \
	_(MOCK, "mock", "FILE", 1, 1, "a mock HTTP backend, REST and GraphQL, with faults")                  \
	_(COMPARE, "compare", "WORKFLOW", 1, 1, "the same words through two orchestrators")                  \
	_(SESSIONS, "sessions", "", 0, 0, "the sessions that --session has kept")                            \
	_(REPLAY, "replay", "SESSION", 1, 1, "a recorded session again")                                     \
	_(DOCTOR, "doctor", "[WORKFLOW]", 0, 1, "checks this machine, and the openai model's server")        \
	_(TRANSCRIBE, "transcribe", "[FILE...]", 0, -1,                                                      \
		"what is heard in sound files, or at the microphone")                                        \
	_(TUNE, "tune", "FILE...", 1, -1, "recordings under other settings of voice activity")               \
	_(SPEAK, "speak", "TEXT", 1, 1, "says it, or writes it into a sound file")                           \
	_(DEVICES, "devices", "", 0, 0, "the sound devices there are")

enum command {
#define COMMAND_ENUM(id, name, arguments, least, most, help) COMMAND_##id,
	COMMANDS(COMMAND_ENUM)
#undef COMMAND_ENUM
	COMMAND_COUNT
};

#define FOR(id) (1u << COMMAND_##id)
#define FOR_ALL (~0u)
#define FOR_TURNS (FOR(CONSOLE) | FOR(RUN) | FOR(COMPARE))
#define FOR_ENGINE (FOR_TURNS | FOR(EXEC))
#define FOR_SPEECH (FOR(TRANSCRIBE) | FOR(SPEAK))
#define FOR_HTTP (FOR_ENGINE | FOR(DOCTOR) | FOR_SPEECH)

/* id, long name, letter (0: none), argument (NULL: none), commands that take it, what it does */
#define OPTIONS(_)                                                                                           \
	_(SAY, "say", 's', "TEXT", FOR(RUN) | FOR(COMPARE),                                                  \
		"an utterance; may be given again for the next turn")                                        \
	_(SCRIPT, "script", 'f', "FILE", FOR(RUN) | FOR(COMPARE),                                            \
		"utterances, one a line; - is standard input")                                               \
	_(WAV, "wav", 0, "FILE...", FOR(RUN), "sound files: what is heard in them is said")                  \
	_(ARGS, "args", 'a', "JSON", FOR(EXEC), "the arguments, a JSON object")                              \
	_(PLAN, "plan", 0, NULL, FOR(EXEC), "send nothing: print request, attempts, curl")                   \
	_(REPEAT, "repeat", 'n', "N", FOR(EXEC), "run it N times and report latencies and errors")           \
	_(CONCURRENCY, "concurrency", 'c', "C", FOR(EXEC), "with --repeat: at most C at a time")             \
	_(RATE, "rate", 0, "R", FOR(EXEC), "with --repeat: start R a second, answered or not")               \
	_(INTROSPECT, "introspect", 0, NULL, FOR(EXEC), "the schema of a GraphQL node's server")             \
	_(PORT, "port", 'p', "N", FOR(MOCK), "the port on 127.0.0.1; without it any free one")               \
	_(TIMEOUT, "timeout", 0, "SECONDS", FOR(DOCTOR), "how long all of it may take; 180 without it")      \
	_(JSON, "json", 'j', NULL, FOR_ALL & ~FOR(CONSOLE), "one JSON value a line on standard output")      \
	_(ORCHESTRATOR, "orchestrator", 'o', "NAME", FOR(CONSOLE) | FOR(RUN), "which orchestrator")          \
	_(ORCHESTRATORS, "orchestrators", 0, "A,B", FOR(COMPARE), "which two")                               \
	_(VARIANT, "variant", 0, "FILE", FOR_ENGINE | FOR(VALIDATE) | FOR(TOOLS),                            \
		"merge this app variant into the workflow")                                                  \
	_(MODEL, "model", 'm', "NAME", FOR_TURNS | FOR(DOCTOR), "which model")                               \
	_(SEED, "seed", 0, "N", FOR_ENGINE | FOR(MOCK), "seed of everything random, 1 to 2^63-1")            \
	_(ENV, "env", 'e', "FILE", FOR_HTTP | FOR(VALIDATE), "NAME=VALUE lines for ${NAME}")                 \
	_(MOCK, "mock", 0, "FILE", FOR_HTTP, "start this mock backend and set ${MOCK_URL}")                  \
	_(RECORD, "record", 0, "FILE", FOR_HTTP, "record HTTP requests and answers in FILE, anew")           \
	_(REPLAY, "replay", 0, "FILE", FOR_HTTP, "answer from the recordings in FILE; send nothing")         \
	_(CASSETTE, "cassette", 0, "FILE", FOR_HTTP, "replay what FILE has, send and record the rest")       \
	_(FAST, "fast", 0, NULL, FOR_HTTP | FOR(REPLAY), "without waiting: replays, and --wav files")        \
	_(FAULT, "fault", 0, "[NODE=]KIND", FOR_ENGINE, "let integrations fail: 503, 429:2s, reset:0.1 …")   \
	_(SESSION, "session", 0, "NAME", FOR(CONSOLE) | FOR(RUN),                                            \
		"keep the session, and go on with it next time")                                             \
	_(WORKFLOW, "workflow", 'w', "FILE", FOR(TRANSCRIBE) | FOR(TUNE), "whose words are expected")        \
	_(SET, "set", 0, "NAME=VALUES", FOR(TUNE), "compare these values: hangoverMs=300,600")               \
	_(RECOGNISER, "recogniser", 0, "NAME", FOR(CONSOLE) | FOR(RUN) | FOR(TRANSCRIBE),                    \
		"who hears: auto, pocketsphinx or http")                                                     \
	_(SYNTHESISER, "synthesiser", 0, "NAME", FOR(CONSOLE) | FOR(RUN) | FOR(SPEAK),                       \
		"who speaks: flite, http or none")                                                           \
	_(OUTPUT, "output", 'o', "FILE", FOR(SPEAK), "the sound file: .wav, .flac or .ogg")                  \
	_(VOICE, "voice", 0, "NAME", FOR(SPEAK), "which voice")                                              \
	_(SPEED, "speed", 0, "N", FOR(SPEAK), "how fast, 0.25 to 4; 1 is the voice's own")                   \
	_(DEVICE, "device", 'd', "NAME", FOR(TRANSCRIBE) | FOR(SPEAK) | FOR(CONSOLE),                        \
		"a part of the device's name, or its number")                                                \
	_(SPEAKER, "speaker", 0, "NAME", FOR(CONSOLE), "the speaker, or a part of its name")                 \
	_(HEADPHONES, "headphones", 0, NULL, FOR(CONSOLE), "who speaks into a reply stops it")               \
	_(KEEP_AUDIO, "keep-audio", 0, NULL, FOR(CONSOLE), "with --session: keep the sound of what is said") \
	_(LOG, "log", 'l', "FILE", FOR_HTTP | FOR(MOCK), "append the log to FILE, one JSON record a line")   \
	_(LOG_LEVEL, "log-level", 0, "LEVEL", FOR_HTTP | FOR(MOCK), "trace, debug, info, warn or error")     \
	_(HELP, "help", 'h', NULL, FOR_ALL, "this help")                                                     \
	_(VERSION, "version", 'V', NULL, FOR_ALL, "the version")

enum option_id {
#define OPTION_ENUM(id, name, letter, argument, commands, help) OPTION_##id,
	OPTIONS(OPTION_ENUM)
#undef OPTION_ENUM
	OPTION_COUNT
};

struct given_option {
	enum option_id option;
	const char *value; /* NULL where the option has no argument */
};

/* Everything points into argv. */
struct options {
	enum command command;
	struct given_option *given; /* in the order given */
	size_t given_count;
	const char **arguments; /* without the command's name */
	size_t argument_count;
};

/* Reads argv[1...]. False with *error (caller frees): what is wrong and its cure, for a person. --help and
 * --version are taken before anything else is complained about. Call options_done in any case. */
bool options_parse(struct options *options, int argc, char **argv, char **error);
void options_done(struct options *options);
bool options_given(const struct options *options, enum option_id option);
/* The last value given, or NULL. */
const char *options_value(const struct options *options, enum option_id option);
/* The number that an option was given, which leaves *value as it is where it was not. False with *error
 * (caller frees) for what is none from least to most. */
bool options_number(const struct options *options, enum option_id option, double least, double most,
	bool whole, double *value, char **error);
const char *option_name(enum option_id option); /* "log-level" */
const char *command_name(enum command command); /* "run"; the console's is "" */
/* The command of that name, or COMMAND_COUNT. */
enum command command_find(const char *name);
/* Help of one command; the console's also lists the others. Caller frees. */
char *options_help(enum command command);

#endif
