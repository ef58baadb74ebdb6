/* Ten thousand executions of every kind, most of them cancelled: at once, after some passes of the loop, in a
 * certain phase, from another's callback. Each is called back once, with what it has or with CANCELLED, and
 * nothing stays. */
#include "executor/execution_state.h"
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define EXECUTIONS 10000
#define FLYING 400 /* at a time, of which fewer may have a request under way */
#define PASSES 40
#define LARGE_BYTES 300000 /* is read on the pool */
#define FAST "'retry':{'max':3,'initialMs':4,'maxMs':16}"
#define JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

enum behaviour {
	SERVER_FAST,
	SERVER_SLOW,
	SERVER_TRICKLES,
	SERVER_RESETS,
	SERVER_CLOSES,
	SERVER_SILENT,
	SERVER_BUSY,
	SERVER_TRUNCATES,
	SERVER_REDIRECTS,
	SERVER_LARGE,
	SERVER_TOKENS,
	SERVERS
};

static const char *const server_names[] = {"FAST", "SLOW", "TRICKLES", "RESETS", "CLOSES", "SILENT", "BUSY",
	"TRUNCATES", "REDIRECTS", "LARGE", "TOKENS"};

static const char *const nodes[] = {
	"{'integrationType':'rest','url':'${FAST}/'}",
	"{'integrationType':'rest','url':'${FAST}/','method':'POST','body':'{}'}",
	"{'integrationType':'rest','url':'${FAST}/','latency':3}",
	"{'integrationType':'rest','url':'${SLOW}/','method':'PUT','body':'{}'}",
	"{'integrationType':'rest','url':'${SLOW}/','method':'PATCH','testpanel':{'timeoutMs':10," FAST "}}",
	"{'integrationType':'rest','url':'${TRICKLES}/','testpanel':{'stallTimeoutMs':5000}}",
	"{'integrationType':'rest','url':'${RESETS}/','testpanel':{" FAST "}}",
	"{'integrationType':'rest','url':'${CLOSES}/','method':'DELETE','testpanel':{" FAST "}}",
	"{'integrationType':'rest','url':'${CLOSES}/','method':'POST'}",
	"{'integrationType':'rest','url':'${SILENT}/','testpanel':{'ttfbTimeoutMs':10," FAST "}}",
	"{'integrationType':'rest','url':'${SILENT}/','testpanel':{'deadlineMs':30,'retry':{'max':0}}}",
	"{'integrationType':'rest','url':'${BUSY}/','testpanel':{" FAST "}}",
	"{'integrationType':'rest','url':'${BUSY}/','testpanel':{'breaker':{'openMs':5}," FAST "}}",
	"{'integrationType':'rest','url':'${TRUNCATES}/','testpanel':{" FAST "}}",
	"{'integrationType':'rest','url':'${REDIRECTS}/'}",
	"{'integrationType':'rest','url':'${LARGE}/'}",
	"{'integrationType':'rest','url':'${FAST}/','testpanel':{'rateLimit':{'perSecond':2000,'burst':1}}}",
	"{'integrationType':'rest','url':'${FAST}/','testpanel':{'select':'.a','expect':'.a == "
	"1','deadlineMs':5000}}",
	"{'integrationType':'rest','url':'${LARGE}/','testpanel':{'select':'length','deadlineMs':5000}}",
	"{'integrationType':'rest','url':'${FAST}/','testpanel':{'expect':{'filter':'.a == 2','retry':true,"
	"'intervalMs':3,'max':5},'deadlineMs':5000}}",
	"{'integrationType':'rest','url':'${FAST}/','testpanel':{'oauth2':{'tokenUrl':'${TOKENS}/',"
	"'clientId':'a','clientSecret':'b'}}}",
	"{'integrationType':'graphql','url':'${FAST}/','graphQLQuery':'{ a }'}",
	"{'integrationType':'graphql','url':'${BUSY}/','graphQLQuery':'{ a }','testpanel':{" FAST "}}",
	"{'integrationType':'graphql','url':'${SLOW}/','graphQLQuery':'mutation { a }'}",
	"{'integrationType':'mock','mockOutput':'{}'}",
	"{'integrationType':'mock','mockOutput':'{}','latency':4}",
	"{'integrationType':'mock','mockOutput':'{}','testpanel':{'faults':[{'fault':'reset','probability':0."
	"7}],"
	"" FAST "}}",
	"{'integrationType':'mock','mockOutput':'{}','testpanel':{'status':503,'latencyMs':2," FAST "}}",
	"{'integrationType':'rest'}",
};
#define NODES (sizeof nodes / sizeof nodes[0])

/* Those in which there is something to stop. */
static const enum phase phases[] = {PHASE_COMPILING, PHASE_GATE, PHASE_LATENCY, PHASE_TOKEN, PHASE_ANSWERING,
	PHASE_REQUEST, PHASE_READING, PHASE_FILTERING, PHASE_BACKOFF};
#define PHASES (sizeof phases / sizeof phases[0])

/* When an execution is to be cancelled. */
enum fate {
	FATE_AT_ONCE,
	FATE_AFTER_PASSES,
	FATE_IN_PHASE,
	FATE_SPARED, /* unless another's callback takes it along */
	FATES
};

struct caller {
	struct crowd *crowd;
	struct execution *execution; /* NULL: not begun, or called back */
	size_t place;                /* in crowd->flying */
	enum fate fate;
	enum phase phase;
	unsigned passes;
	bool doomed; /* CANCELLED is what must come */
	unsigned calls;
};

struct crowd {
	struct rig rig;
	struct rng rng;
	struct script_server *servers[SERVERS];
	struct integration *integrations[NODES];
	uv_prepare_t pass;
	struct caller callers[EXECUTIONS], *flying[FLYING];
	size_t begun, flying_count, ended, cancelled;
	size_t in_phase[PHASE_DONE]; /* cancelled there */
	bool done;
};

static unsigned pick(struct crowd *crowd, unsigned n)
{
	return (unsigned)(rng_next(&crowd->rng) % n);
}

static void cancel(struct caller *caller)
{
	enum phase phase = caller->execution->phase;

	if (phase != PHASE_FINISHING) {
		caller->doomed = true;
		caller->crowd->in_phase[phase]++;
	}
	execution_cancel(caller->execution);
	execution_cancel(caller->execution);
}

static void on_result(struct result *result, void *ctx)
{
	struct caller *caller = ctx, *last;
	struct crowd *crowd = caller->crowd;
	bool cancelled = !strcmp(result->error_code, "CANCELLED");

	cr_assert_eq(++caller->calls, 1, "once");
	cr_expect_eq(cancelled, caller->doomed, "%s", result->error_code);
	crowd->cancelled += cancelled;
	result_free(result);
	caller->execution = NULL;
	last = crowd->flying[--crowd->flying_count];
	crowd->flying[caller->place] = last;
	last->place = caller->place;
	if (crowd->flying_count && pick(crowd, 10) == 0)
		cancel(crowd->flying[pick(crowd, (unsigned)crowd->flying_count)]);
	crowd->done = ++crowd->ended == EXECUTIONS;
	if (crowd->done)
		uv_stop(&crowd->rig.loop);
}

/* What takes milliseconds of a processor, or processes, is rare. */
static const struct integration *pick_node(struct crowd *crowd)
{
	unsigned n = pick(crowd, NODES);

	if ((strstr(nodes[n], "LARGE") || strstr(nodes[n], "expect")) && pick(crowd, 4))
		n = 0;
	return crowd->integrations[n];
}

static void begin(struct crowd *crowd)
{
	struct caller *caller = &crowd->callers[crowd->begun++];
	const struct integration *integration = pick_node(crowd);

	*caller = (struct caller){.crowd = crowd,
		.place = crowd->flying_count,
		.fate = (enum fate)pick(crowd, FATES),
		.phase = phases[pick(crowd, PHASES)],
		.passes = pick(crowd, PASSES)};
	crowd->flying[crowd->flying_count++] = caller;
	caller->execution = execute(crowd->rig.executor, integration, NULL, NULL, on_result, caller);
	if (caller->fate == FATE_AT_ONCE)
		cancel(caller);
}

static bool is_due(struct caller *caller)
{
	if (caller->fate == FATE_IN_PHASE)
		return caller->execution->phase == caller->phase;
	return caller->fate == FATE_AFTER_PASSES && caller->passes-- == 0;
}

static void on_pass(uv_prepare_t *pass)
{
	struct crowd *crowd = pass->data;

	while (crowd->begun < EXECUTIONS && crowd->flying_count < FLYING)
		begin(crowd);
	for (size_t i = 0; i < crowd->flying_count; i++)
		if (!crowd->flying[i]->doomed && is_due(crowd->flying[i]))
			cancel(crowd->flying[i]);
}

static void behave(struct crowd *crowd)
{
	struct script_server **servers = crowd->servers;
	struct buffer large;

	buffer_init(&large, BUFFER_MAX_TEXT);
	buffer_append_char(&large, '[');
	while (large.len < LARGE_BYTES)
		buffer_append_str(&large, "1234567,");
	buffer_append_str(&large, "0]");
	script_answer(servers[SERVER_FAST], 200, "application/json", "", "{\"a\":1,\"data\":{}}");
	script_answer(servers[SERVER_SLOW], 200, "application/json", "", "{\"data\":{}}");
	script_pace(servers[SERVER_SLOW], 12, 0);
	script_raw(servers[SERVER_TRICKLES], JSON "Content-Length: 2\r\n\r\n{}", SCRIPT_KEEP);
	script_pace(servers[SERVER_TRICKLES], 0, 1);
	script_raw(servers[SERVER_RESETS], NULL, SCRIPT_RESET);
	script_raw(servers[SERVER_CLOSES], NULL, SCRIPT_CLOSE);
	script_raw(servers[SERVER_SILENT], NULL, SCRIPT_KEEP);
	script_answer(servers[SERVER_BUSY], 503, NULL, "", "");
	script_raw(servers[SERVER_TRUNCATES], JSON "Content-Length: 9\r\n\r\n{", SCRIPT_CLOSE);
	script_answer(servers[SERVER_REDIRECTS], 302, NULL, "Location: /\r\n", "");
	script_answer(servers[SERVER_LARGE], 200, "application/json", "", large.data);
	script_answer(servers[SERVER_TOKENS], 200, "application/json", "",
		"{\"access_token\":\"token\",\"token_type\":\"bearer\",\"expires_in\":0}");
	script_pace(servers[SERVER_TOKENS], 4, 0);
	buffer_done(&large);
}

static void crowd_init(struct crowd *crowd)
{
	rig_init(&crowd->rig);
	executor_limit(crowd->rig.executor, 120, 40);
	rng_seed(&crowd->rng, 7);
	for (size_t i = 0; i < SERVERS; i++) {
		char url[64];

		crowd->servers[i] = script_server_new(&crowd->rig.loop);
		snprintf(url, sizeof url, "http://127.0.0.1:%u", script_server_port(crowd->servers[i]));
		env_set(crowd->rig.env, server_names[i], url);
	}
	behave(crowd);
	for (size_t i = 0; i < NODES; i++) {
		struct integration *integration = crowd->integrations[i] = rig_integration(nodes[i]);

		cr_assert_eq(!integration->error, i + 1 < NODES, "%s", integration->error_message);
	}
	uv_prepare_init(&crowd->rig.loop, &crowd->pass);
	crowd->pass.data = crowd;
	uv_prepare_start(&crowd->pass, on_pass);
}

static void crowd_done(struct crowd *crowd)
{
	for (size_t i = 0; i < SERVERS; i++)
		script_server_free(crowd->servers[i]);
	uv_close((uv_handle_t *)&crowd->pass, NULL);
	rig_expect_idle(&crowd->rig);
	rig_done(&crowd->rig);
	for (size_t i = 0; i < NODES; i++)
		integration_free(crowd->integrations[i]);
}

/* None of the places that the cancelled ones had is still taken. */
static void expect_places(struct crowd *crowd)
{
	for (int i = 0; i < 200; i++) {
		struct result *result = rig_execute(&crowd->rig, crowd->integrations[i % 2], NULL);

		cr_assert(result->success, "%s", result->error);
		result_free(result);
	}
}

Test(cancel, ten_thousand_at_any_moment, .timeout = 240)
{
	size_t files = rig_open_files();
	static struct crowd crowd;

	crowd_init(&crowd);
	rig_wait(&crowd.rig, &crowd.done);
	uv_prepare_stop(&crowd.pass);
	cr_expect_eq(executor_active(crowd.rig.executor), 0);
	for (size_t i = 0; i < PHASES; i++)
		cr_expect_gt(crowd.in_phase[phases[i]], 0, "phase %d", phases[i]);
	cr_expect(crowd.cancelled > EXECUTIONS / 3 && crowd.cancelled < EXECUTIONS * 9 / 10, "%zu",
		crowd.cancelled);
	for (struct trace *trace = tracer_first(crowd.rig.tracer); trace; trace = trace->next)
		cr_assert_eq(trace->open_count, 0);
	expect_places(&crowd);
	crowd_done(&crowd);
	cr_expect_eq(rig_open_files(), files);
}
