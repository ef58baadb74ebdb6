/* The course of a probe: step after step, a pause where the server is busy, an end in any case. What is not
 * told when it ends is told as skipped. See openai_probe.h. */
#include "orchestrator/openai_probe_state.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define AREA "doctor"
#define TRIES 3
#define BUSY_MS 2000.0

/* What a turn's master would be, with one tool. */
static const char desk_text[] =
	"{\"nodes\": [{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"label\": \"Desk\"}},"
	"{\"id\": \"sky\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"get_weather\","
	"\"description\": \"Tells the weather in one city as it is now\", \"parameters\": [{\"name\": "
	"\"city\","
	"\"type\": \"string\", \"description\": \"The name of the city\", \"required\": true}]}},"
	"{\"id\": \"data\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\","
	"\"mockOutput\": \"{}\"}}], \"edges\": [{\"source\": \"desk\", \"target\": \"sky\"},"
	"{\"source\": \"sky\", \"target\": \"data\"}]}";

const char *probe_check_name(enum probe_check check)
{
	static const char *const names[] = {
#define PROBE_CHECK_NAME(id, name) name,
		PROBE_CHECKS(PROBE_CHECK_NAME)
#undef PROBE_CHECK_NAME
	};

	return names[check];
}

const char *probe_verdict_name(enum probe_verdict verdict)
{
	static const char *const names[] = {"ok", "deviates", "cannot", "skipped"};

	return names[verdict];
}

void probe_tell(struct openai_probe *probe, struct probe_note note, const char *format, ...)
{
	const struct redactor *redactor = probe->engine->redactor;
	char *text, *seen, *follows;
	va_list ap;

	if (probe->told[note.check] || probe->report.cancelled)
		return;
	probe->told[note.check] = true;
	va_start(ap, format);
	text = xvasprintf(format, ap);
	va_end(ap);
	seen = redact_text(redactor, text, strlen(text));
	follows = note.follows ? redact_text(redactor, note.follows, strlen(note.follows)) : NULL;
	log_info(probe->engine->logger, NULL, AREA, "%s: %s: %s", probe_check_name(note.check),
		probe_verdict_name(note.verdict), seen);
	probe->report.blocking += note.blocks;
	probe->listener.line(probe->listener.ctx,
		&(struct probe_line){note.check, note.verdict, seen, follows, note.blocks});
	free(follows);
	free(seen);
	free(text);
}

void probe_recommend(struct openai_probe *probe, const char *member, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(probe->settings, member);
	cJSON_AddItemToObject(probe->settings, member, value);
}

const char *probe_said(const struct probe_exchange *x)
{
	const char *message = x->failure.message, *url = x->openai.shown_url;
	size_t len = strlen(url);

	if (strncmp(message, url, len) != 0)
		return message;
	message += len;
	return message + strspn(message, ": ");
}

const char *probe_cut(const char *text, char buf[PROBE_QUOTE_SIZE])
{
	size_t len, most = PROBE_QUOTE_SIZE - 8;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (len <= most) {
		snprintf(buf, PROBE_QUOTE_SIZE, "%.*s", (int)len, text);
		return buf;
	}
	while (most && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	snprintf(buf, PROBE_QUOTE_SIZE, "%.*s…", (int)most, text);
	return buf;
}

const char *probe_quote(const char *text, char buf[PROBE_QUOTE_SIZE])
{
	char cut[PROBE_QUOTE_SIZE];

	snprintf(buf, PROBE_QUOTE_SIZE, "\"%s\"", probe_cut(text, cut));
	return buf;
}

char *probe_quirks(const struct probe_exchange *x, unsigned mask)
{
	unsigned quirks = x->call.answer.quirks & mask;
	struct buffer out;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (int i = 0; i < CHAT_QUIRK_COUNT; i++)
		if (quirks & 1u << i)
			buffer_appendf(
				&out, "%s%s", out.len ? "; " : "", chat_quirk_text((enum chat_quirk)i));
	return buffer_take(&out);
}

/* Of all steps in a row. */
static const struct probe_step *step_at(size_t n)
{
	static const struct probe_step *const parts[] = {
		probe_plain_steps, probe_tool_steps, probe_last_steps};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		for (const struct probe_step *step = parts[i]; step->ask; step++)
			if (n-- == 0)
				return step;
	return NULL;
}

static size_t count_steps(void)
{
	size_t n = 0;

	while (step_at(n))
		n++;
	return n;
}

static void on_closed(uv_handle_t *handle)
{
	struct openai_probe *probe = handle->data;

	if (--probe->open_timers)
		return;
	tool_set_done(&probe->tools);
	workflow_free(probe->desk);
	cJSON_Delete(probe->round);
	cJSON_Delete(probe->settings);
	free(probe->drawn);
	free(probe->model);
	free(probe);
}

static void skip_rest(struct openai_probe *probe)
{
	const char *why = probe->report.timed_out ? "the time was up" : "there is no answer to go on from";

	for (int i = 0; i < PROBE_CHECK_COUNT; i++)
		probe_tell(probe, (struct probe_note){(enum probe_check)i, PROBE_SKIPPED, false, NULL}, "%s",
			why);
}

static void finish(struct openai_probe *probe)
{
	struct probe_report *report = &probe->report;

	openai_probe_hang_up(probe);
	openai_probe_forget(probe);
	if (!report->cancelled)
		skip_rest(probe);
	report->duration_ms = clock_ms(probe->start_ns, clock_monotonic_ns(probe->engine->clock));
	report->server = probe->openai->shown_url;
	report->model = probe->model;
	report->settings = probe->settings;
	uv_close((uv_handle_t *)&probe->deadline, on_closed);
	uv_close((uv_handle_t *)&probe->timer, on_closed);
	probe->listener.done(probe->listener.ctx, report);
}

/* The next request; steps that need none are passed over. */
static void go_on(struct openai_probe *probe)
{
	const struct probe_step *step;

	/* Whoever heard a line has cancelled: the end is on its way. */
	if (probe->over)
		return;
	while ((step = step_at(probe->step))) {
		probe->listener.progress(
			probe->listener.ctx, step->check, (double)probe->step / (double)count_steps());
		openai_probe_forget(probe);
		log_debug(probe->engine->logger, NULL, AREA, "asks: %s", probe_check_name(step->check));
		if (step->ask(probe, &probe->x.request)) {
			openai_probe_ask(probe);
			return;
		}
		probe->step++;
	}
	finish(probe);
}

static void on_timer(uv_timer_t *timer)
{
	struct openai_probe *probe = timer->data;

	if (probe->over)
		finish(probe);
	else
		go_on(probe);
}

static void wait_ms(struct openai_probe *probe, double ms)
{
	uv_update_time(probe->engine->loop);
	uv_timer_start(&probe->timer, on_timer, (uint64_t)ceil(ms), 0);
}

/* Busy, and there is time to ask again. */
static bool waits(struct openai_probe *probe)
{
	const struct probe_exchange *x = &probe->x;
	struct openai_headers headers;
	double wait, left;

	if (x->request.kind == PROBE_BROKEN || x->failure.reach != FAILURE_STATUS ||
		!policy_status_retryable(x->response->status) || probe->tries >= TRIES)
		return false;
	openai_headers_read(&headers, x->response);
	wait = fmax(headers.retry_after_ms, x->response->status == 429 ? BUSY_MS * probe->tries : 200);
	left = probe->timeout_ms - clock_ms(probe->start_ns, clock_monotonic_ns(probe->engine->clock));
	if (wait >= left)
		return false;
	wait_ms(probe, wait);
	return true;
}

void openai_probe_answered(struct openai_probe *probe)
{
	const struct probe_step *step = step_at(probe->step);

	probe->tries++;
	if (waits(probe))
		return;
	step->judge(probe, &probe->x);
	probe->tries = 0;
	probe->step++;
	go_on(probe);
}

static void end_early(struct openai_probe *probe)
{
	if (probe->over)
		return;
	probe->over = true;
	openai_probe_hang_up(probe);
	wait_ms(probe, 0);
}

static void on_deadline(uv_timer_t *timer)
{
	struct openai_probe *probe = timer->data;

	probe->report.timed_out = !probe->over;
	end_early(probe);
}

void openai_probe_cancel(struct openai_probe *probe)
{
	if (!probe->over)
		probe->report.cancelled = true;
	end_early(probe);
}

struct openai_probe *openai_probe_start(
	struct engine *engine, double timeout_ms, const struct probe_listener *listener)
{
	struct openai_probe *probe = xcalloc(1, sizeof *probe);
	const struct node *asker = engine->workflow ? engine->workflow->router : NULL;
	struct faults faults;

	probe->engine = engine;
	probe->openai = engine->model_state;
	probe->listener = *listener;
	probe->timeout_ms = timeout_ms;
	probe->start_ns = clock_monotonic_ns(engine->clock);
	faults_init(&faults);
	probe->desk = workflow_parse(desk_text, sizeof desk_text - 1, "probe", &faults);
	faults_done(&faults);
	tool_set_init(&probe->tools, probe->desk->router, NULL);
	probe->model = xstrdup(openai_model(probe->openai, asker ? asker : probe->desk->router));
	probe->settings = cJSON_CreateObject();
	probe->request_limit = probe->token_limit = (struct openai_limit){-1, -1, -1};
	uv_timer_init(engine->loop, &probe->deadline);
	uv_timer_init(engine->loop, &probe->timer);
	probe->deadline.data = probe->timer.data = probe;
	probe->open_timers = 2;
	uv_update_time(engine->loop);
	uv_timer_start(&probe->deadline, on_deadline, (uint64_t)ceil(timeout_ms), 0);
	wait_ms(probe, 0);
	return probe;
}
