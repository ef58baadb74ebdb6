/* See matrix.h. */
#include "tests/executor/matrix.h"
#include "tests/executor/nowhere.h"
#include "tests/executor/rig.h"
#include "tests/executor/tls_peer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define RETRIES 2
#define TRIES (RETRIES + 1)
#define ATTEMPTS_MAX (TRIES + 1)
#define LARGE ((size_t)3 << 20)

static const struct sender {
	const char *kind, *data, *policy;
	bool repeatable, keyed, large; /* large: its request can be made so */
} senders[] = {
	{"REST", "'integrationType':'rest','method':'GET'", "", true, false, false},
	{"REST", "'integrationType':'rest','method':'PUT'", "", true, false, true},
	{"REST", "'integrationType':'rest','method':'DELETE','body':'{}'", "", true, false, true},
	{"REST", "'integrationType':'rest','method':'POST'", "", false, false, true},
	{"REST", "'integrationType':'rest','method':'POST'", ",'idempotencyKey':true", true, true, true},
	{"REST", "'integrationType':'rest','method':'PATCH'", "", false, false, true},
	{"GRAPHQL", "'integrationType':'graphql','graphQLQuery':'{ a }'", "", true, false, true},
	{"GRAPHQL", "'integrationType':'graphql','graphQLQuery':'{ a }'", ",'method':'GET'", true, false,
		false},
	{"GRAPHQL", "'integrationType':'graphql','graphQLQuery':'mutation { a }'", "", false, false, true},
	{"GRAPHQL", "'integrationType':'graphql','graphQLQuery':'mutation { a }'", ",'idempotencyKey':true",
		true, true, true},
};
#define SENDERS (sizeof senders / sizeof senders[0])

struct matrix {
	struct rig rig;
	struct nowhere nowhere;
	struct certificates certificates;
	bool certified, done;
	cJSON *large;
	struct cell *cells;
	size_t count, finished;
};

struct cell {
	struct matrix *matrix;
	const struct trouble *trouble;
	const struct sender *sender;
	struct script_server *server, *target; /* NULL where there is none; target of a redirect */
	struct tls_peer *tls;                  /* the trouble's, of all its senders */
	struct integration *integration, *first;
	struct result *result;
	char name[256];
};

/* What must come of a cell. */
struct outcome {
	struct {
		char code[ERRCODE_SIZE];
		const char *reason;
	} attempts[ATTEMPTS_MAX];
	size_t count, arrivals;
	char code[ERRCODE_SIZE];
	bool retryable;
};

static void write_code(const struct cell *cell, const char *code, char *buf)
{
	snprintf(buf, ERRCODE_SIZE, "%s%s", *code == '?' ? cell->sender->kind : "", code + (*code == '?'));
}

static void expect_attempt(struct outcome *outcome, const struct cell *cell, const char *reason)
{
	write_code(cell, cell->trouble->code, outcome->attempts[outcome->count].code);
	outcome->attempts[outcome->count++].reason = reason;
}

static void expect_resent(struct outcome *outcome, const struct cell *cell)
{
	write_code(cell, "?_NETWORK_ERROR", outcome->attempts[outcome->count].code);
	outcome->attempts[outcome->count++].reason = "re-sent on a new connection";
}

static void expect_tries(struct outcome *outcome, const struct cell *cell)
{
	const struct trouble *trouble = cell->trouble;
	bool allowed =
		trouble->by == BY_EVERYBODY || (trouble->by == BY_REPEATABLE && cell->sender->repeatable);

	outcome->retryable = allowed;
	write_code(cell, trouble->code, outcome->code);
	if (!*trouble->code)
		expect_attempt(outcome, cell, NULL);
	else if (!allowed && trouble->by == BY_REPEATABLE)
		expect_attempt(outcome, cell, "not repeatable");
	else if (!allowed || trouble->stops)
		expect_attempt(outcome, cell, trouble->reason);
	else
		for (int i = 0; i < TRIES; i++)
			expect_attempt(outcome, cell, i < RETRIES ? trouble->reason : "retries used up");
}

/* What is unsafe never meets a kept-alive connection. */
static void expect_reuse(struct outcome *outcome, const struct cell *cell)
{
	if (cell->sender->repeatable && cell->trouble->resent)
		expect_resent(outcome, cell);
	else if (cell->sender->repeatable)
		expect_attempt(outcome, cell, cell->trouble->reason);
	outcome->attempts[outcome->count].code[0] = '\0';
	outcome->attempts[outcome->count++].reason = NULL;
}

static struct outcome expected(const struct cell *cell)
{
	const struct trouble *trouble = cell->trouble;
	struct outcome outcome = {.count = 0};

	if (trouble->peer == PEER_REUSED) {
		expect_reuse(&outcome, cell);
	} else {
		if (trouble->peer == PEER_BROKEN && cell->sender->repeatable)
			expect_resent(&outcome, cell);
		expect_tries(&outcome, cell);
	}
	outcome.arrivals = outcome.count * (size_t)trouble->arrivals;
	if (trouble->peer == PEER_REUSED || trouble->peer == PEER_BROKEN)
		outcome.arrivals++;
	if (trouble->peer == PEER_REUSED && trouble->then == SCRIPT_DEAF && cell->sender->repeatable)
		outcome.arrivals--;
	return outcome;
}

static struct script_server *serve(struct cell *cell)
{
	return script_server_new(&cell->matrix->rig.loop);
}

static void say(const struct trouble *trouble, struct script_server *server)
{
	char *made = trouble->make ? trouble->make() : NULL;

	script_raw(server, made ? made : trouble->reply, trouble->then);
	if (trouble->first_ms || trouble->byte_ms)
		script_pace(server, trouble->first_ms, trouble->byte_ms);
	free(made);
}

static void redirect(struct cell *cell)
{
	unsigned port = cell->matrix->nowhere.refusing;
	char *reply;

	if (cell->trouble->reply) {
		cell->target = serve(cell);
		say(cell->trouble, cell->target);
		port = script_server_port(cell->target);
	}
	reply = xasprintf("HTTP/1.1 %s\r\nLocation: http://127.0.0.1:%u/\r\nContent-Length: 0\r\n\r\n",
		cell->trouble->status, port);
	script_raw(cell->server, reply, SCRIPT_KEEP);
	free(reply);
}

static unsigned place_peer(struct cell *cell)
{
	const struct trouble *trouble = cell->trouble;

	switch (trouble->peer) {
	case PEER_REFUSES: return cell->matrix->nowhere.refusing;
	case PEER_ABSENT: return cell->matrix->nowhere.absent;
	case PEER_TLS: return cell->tls->port;
	default: break;
	}
	cell->server = serve(cell);
	switch (trouble->peer) {
	case PEER_REUSED: script_each(cell->server); /* fall through */
	case PEER_BROKEN:
		script_raw(
			cell->server, MATRIX_GOOD, trouble->then == SCRIPT_DEAF ? SCRIPT_DEAF : SCRIPT_KEEP);
		say(trouble, cell->server);
		break;
	case PEER_MOVED: redirect(cell); break;
	case PEER_HOLDS: script_deafen(cell->server); break;
	case PEER_GREETS: script_greet(cell->server, trouble->reply, trouble->then); break;
	default: say(trouble, cell->server); break;
	}
	return script_server_port(cell->server);
}

static void cell_init(struct cell *cell)
{
	const struct trouble *trouble = cell->trouble;
	bool tls = trouble->peer == PEER_TLS || trouble->peer == PEER_GREETS;
	char *url = xasprintf("%s://127.0.0.1:%u/", tls ? "https" : "http", place_peer(cell));
	char *data = xasprintf("{%s,'url':'%s','testpanel':{'retry':{'max':%d,'initialMs':1,'maxMs':1}%s%s}}",
		cell->sender->data, url, RETRIES, cell->sender->policy,
		trouble->policy ? trouble->policy : "");

	snprintf(cell->name, sizeof cell->name, "%s, %s%s", trouble->comment, cell->sender->data,
		cell->sender->policy);
	cell->integration = rig_integration(data);
	cr_assert(!cell->integration->error, "%s: %s", cell->name, cell->integration->error_message);
	if (trouble->peer == PEER_REUSED || trouble->peer == PEER_BROKEN) {
		free(data);
		data = xasprintf("{'integrationType':'rest','url':'%s'}", url);
		cell->first = rig_integration(data);
	}
	free(data);
	free(url);
}

static void on_result(struct result *result, void *ctx)
{
	struct cell *cell = ctx;
	struct matrix *matrix = cell->matrix;

	cr_assert(!cell->result, "%s: once", cell->name);
	cell->result = result;
	matrix->done = ++matrix->finished == matrix->count;
	if (matrix->done)
		uv_stop(&matrix->rig.loop);
}

static void cell_send(struct cell *cell)
{
	const cJSON *arguments = cell->trouble->peer == PEER_HOLDS ? cell->matrix->large : NULL;

	execute(cell->matrix->rig.executor, cell->integration, arguments, NULL, on_result, cell);
}

static void on_first(struct result *result, void *ctx)
{
	struct cell *cell = ctx;

	cr_expect(result->success, "%s: %s", cell->name, result->error);
	result_free(result);
	cell_send(cell);
}

static void cell_start(struct cell *cell)
{
	if (cell->first)
		execute(cell->matrix->rig.executor, cell->first, NULL, NULL, on_first, cell);
	else
		cell_send(cell);
}

static void check_attempts(const struct cell *cell, const struct outcome *outcome)
{
	const struct result *result = cell->result;

	cr_expect_eq(result->attempt_count, outcome->count, "%s: %zu attempts, not %zu", cell->name,
		result->attempt_count, outcome->count);
	for (size_t i = 0; i < outcome->count && i < result->attempt_count; i++) {
		const struct attempt *attempt = &result->attempts[i];
		const char *reason = outcome->attempts[i].reason, *had = attempt->reason;

		cr_expect_str_eq(attempt->error_code, outcome->attempts[i].code, "%s: attempt %zu: %s",
			cell->name, i + 1, attempt->error_code);
		cr_expect(reason && had ? !strcmp(reason, had) : reason == had,
			"%s: attempt %zu: \"%s\", not \"%s\"", cell->name, i + 1, had ? had : "",
			reason ? reason : "");
		if (i + 1 < outcome->count)
			cr_expect_geq(attempt->backoff_ms, cell->trouble->least_ms, "%s: attempt %zu: %f ms",
				cell->name, i + 1, attempt->backoff_ms);
		else
			cr_expect_lt(attempt->backoff_ms, 0, "%s: the last", cell->name);
	}
}

/* Each keyed request bears the same key. */
static void check_keys(const struct cell *cell)
{
	const char *first = NULL;

	for (size_t i = cell->first ? 1 : 0; cell->server && i < script_requests(cell->server); i++) {
		const char *key = strstr(script_request(cell->server, i), "\r\nIdempotency-Key: \"");

		cr_expect_eq(!!key, cell->sender->keyed, "%s: request %zu", cell->name, i);
		first = first ? first : key;
		cr_expect(!key || !strncmp(first, key, 40), "%s: another key", cell->name);
	}
}

/* Nothing can be done with a connection after these. */
static bool breaks_connection(const struct cell *cell)
{
	static const char *const codes[] = {"?_NETWORK_ERROR", "INTEGRATION_TIMEOUT", "RESPONSE_TOO_LARGE"};
	const struct trouble *trouble = cell->trouble;

	if (trouble->peer != PEER_SAYS && trouble->peer != PEER_GREETS)
		return false;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (!strcmp(trouble->code, codes[i]))
			return trouble->arrivals <= 1;
	return false;
}

static void check_server(const struct cell *cell, const struct outcome *outcome)
{
	size_t arrivals = script_requests(cell->server);

	if (cell->target)
		arrivals += script_requests(cell->target);
	cr_expect_eq(arrivals, outcome->arrivals, "%s: %zu arrived, not %zu", cell->name, arrivals,
		outcome->arrivals);
	check_keys(cell);
	if (cell->trouble->peer == PEER_HOLDS || cell->trouble->peer == PEER_GREETS)
		cr_expect_eq(script_connections(cell->server), outcome->count, "%s: %zu connections",
			cell->name, script_connections(cell->server));
	if (breaks_connection(cell))
		cr_expect_eq(script_open(cell->server), 0, "%s: a connection is left", cell->name);
}

static void cell_check(const struct cell *cell)
{
	const struct result *result = cell->result;
	struct outcome outcome = expected(cell);

	cr_expect_str_eq(result->error_code, outcome.code, "%s: %s: %s", cell->name, result->error_code,
		result->error);
	cr_expect_eq(result->success, !*outcome.code, "%s", cell->name);
	cr_expect(!cell->trouble->says || strstr(result->error, cell->trouble->says), "%s: %s", cell->name,
		result->error);
	cr_expect_eq(!result->data, !!*outcome.code, "%s: data", cell->name);
	cr_expect_eq(result->retryable, outcome.retryable, "%s: retryable %d", cell->name, result->retryable);
	check_attempts(cell, &outcome);
	if (cell->server)
		check_server(cell, &outcome);
}

static void cell_done(struct cell *cell)
{
	integration_free(cell->integration);
	integration_free(cell->first);
	result_free(cell->result);
	if (cell->server)
		script_server_free(cell->server);
	if (cell->target)
		script_server_free(cell->target);
}

static struct tls_peer *start_tls(struct matrix *matrix, const struct trouble *trouble)
{
	struct tls_peer *peer = xcalloc(1, sizeof *peer);

	if (!matrix->certified && !certificates_make(&matrix->certificates))
		cr_skip_test("there is no openssl command");
	matrix->certified = true;
	env_set(matrix->rig.env, "DIR", matrix->certificates.dir);
	tls_peer_listen(
		peer, &matrix->certificates, trouble->certificate, trouble->options ? trouble->options : "");
	return peer;
}

/* Requests that came to the server of all the trouble's senders, of whom this is the last. */
static void stop_tls(const struct cell *last)
{
	size_t arrivals = tls_peer_stop(last->tls), wanted = 0;

	for (const struct cell *cell = last; cell >= last->matrix->cells && cell->tls == last->tls; cell--)
		wanted += expected(cell).arrivals;
	cr_expect_eq(arrivals, wanted, "%s: %zu arrived, not %zu", last->trouble->comment, arrivals, wanted);
	free(last->tls);
}

/* The man page's table of failures has the row's code and who tries again in one line. */
static void check_man_page(const struct trouble *trouble)
{
	static const char *const who[] = {"  none", "  repeatable", "  all"};
	const char *code = trouble->code + (*trouble->code == '?' ? 2 : 0);
	FILE *page = fopen("assets/testpanel.1", "r");
	char line[512];
	bool found = !*code;

	cr_assert(page, "run from the project's top folder");
	if (trouble->by == BY_NOBODY && strspn(code, "0123456789") == strlen(code))
		code = "other statuses";
	while (!found && fgets(line, sizeof line, page))
		found = strstr(line, code) && strstr(line, who[trouble->by]);
	fclose(page);
	cr_expect(found, "%s: the man page has no line of %s and %s", trouble->comment, code,
		who[trouble->by] + 2);
}

static void place_cells(struct matrix *matrix, const struct trouble *troubles, size_t count)
{
	struct tls_peer *tls;

	matrix->cells = xcalloc(count * SENDERS, sizeof *matrix->cells);
	for (size_t f = 0; f < count; f++) {
		check_man_page(&troubles[f]);
		tls = troubles[f].peer == PEER_TLS ? start_tls(matrix, &troubles[f]) : NULL;
		for (size_t s = 0; s < SENDERS; s++) {
			struct cell *cell = &matrix->cells[matrix->count];

			if (troubles[f].peer == PEER_HOLDS && !senders[s].large)
				continue;
			*cell = (struct cell){
				.matrix = matrix, .trouble = &troubles[f], .sender = &senders[s], .tls = tls};
			cell_init(cell);
			matrix->count++;
		}
	}
}

static void matrix_init(struct matrix *matrix)
{
	char *text = xmalloc(LARGE + 1);

	*matrix = (struct matrix){.count = 0};
	rig_init(&matrix->rig);
	executor_limit(matrix->rig.executor, 4096, 4096);
	nowhere_init(&matrix->nowhere);
	memset(text, 'x', LARGE);
	text[LARGE] = '\0';
	matrix->large = cJSON_CreateObject();
	cJSON_AddItemToObject(matrix->large, "a", cJSON_CreateString(text));
	free(text);
}

static void matrix_done(struct matrix *matrix)
{
	nowhere_done(&matrix->nowhere);
	cJSON_Delete(matrix->large);
	if (matrix->certified)
		certificates_remove(&matrix->certificates);
	free(matrix->cells);
	rig_done(&matrix->rig);
}

static void stop_peers(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->count; i++) {
		struct cell *cell = &matrix->cells[i];

		if (cell->tls && (i + 1 == matrix->count || cell[1].tls != cell->tls))
			stop_tls(cell);
		cell_done(cell);
	}
}

void matrix_run(const struct trouble *troubles, size_t count)
{
	size_t files = rig_open_files(), left;
	struct matrix matrix;

	matrix_init(&matrix);
	place_cells(&matrix, troubles, count);
	for (size_t i = 0; i < matrix.count; i++)
		cell_start(&matrix.cells[i]);
	rig_wait(&matrix.rig, &matrix.done);
	rig_settle(&matrix.rig);
	for (size_t i = 0; i < matrix.count; i++)
		cell_check(&matrix.cells[i]);
	stop_peers(&matrix);
	rig_expect_idle(&matrix.rig);
	matrix_done(&matrix);
	left = rig_open_files();
	cr_expect_eq(left, files, "%zu files are open, and were %zu", left, files);
}
