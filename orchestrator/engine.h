/* What sessions run on: one loop, one executor, one workflow, one model, and the records of it all.
 * Everything hangs off this struct; two engines can live in one process. */
#ifndef ORCHESTRATOR_ENGINE_H
#define ORCHESTRATOR_ENGINE_H

#include "orchestrator/model.h"
#include "orchestrator/voice_ops.h"
#include "orchestrator/workflow.h"

struct engine {
	uv_loop_t *loop;
	const struct clock *clock;
	uint64_t seed; /* that was given; 0: none was */
	struct rng rng;
	struct env *env;
	struct redactor *redactor;
	struct tracer *tracer;
	struct logger *logger;
	struct executor *executor;
	struct defer_queue *defer;
	struct workflow *workflow; /* owned */
	const struct model_ops *model;
	void *model_state;             /* the model's own */
	struct cassette *cassette;     /* NULL: live */
	const struct voice_ops *voice; /* NULL: silent */
	void *voice_state;             /* the voice's own */
};

/* loop and clock outlive the engine; env, redactor, tracer, logger, executor and defer queue are its own.
 * seed 0 takes one from the kernel. The workflow is taken; it may be NULL for work that needs none. */
struct engine *engine_new(
	uv_loop_t *loop, const struct clock *clock, uint64_t seed, struct workflow *workflow);
/* From now on every request of tools and models goes by the cassette, which outlives the engine. */
void engine_use_cassette(struct engine *engine, struct cassette *cassette);
/* The model that is asked from now on, `embedded` at first; while no turn runs. settings as in model_ops.
 * False with *error (caller frees), and the model stays what it was. */
bool engine_use_model(
	struct engine *engine, const struct model_ops *model, const cJSON *settings, char **error);
/* Sessions that begin from now on and have a voice speak and listen by these, which outlive the engine with
 * their state. NULL: in silence, where a reply is heard at once. */
void engine_use_voice(struct engine *engine, const struct voice_ops *voice, void *state);
/* Turns that begin from now on use this workflow (taken); those that run, and what they point at, keep
 * theirs. Breakers, limiters and connections, known by node id and host, stay. */
void engine_use_workflow(struct engine *engine, struct workflow *workflow);
/* Secrets that the workflow's integrations would send are hidden from now on, also before they do: again when
 * env has other values. engine_use_workflow does it, too. */
void engine_learn_secrets(struct engine *engine);
/* So many executions at a time are wanted: where the workflow does not limit them they may all go out, none
 * in line. Returns how many requests may be under way then. */
size_t engine_allow(struct engine *engine, size_t executions);
/* A URL with the environment's ${NAME}s in it; what they hold is hidden from now on. NULL with *error; the
 * caller frees either. */
char *engine_expand_url(const struct engine *engine, const char *text, char **error);
/* When every session is freed and nothing is active. Run the loop once more before closing it. */
void engine_free(struct engine *engine);

#endif
