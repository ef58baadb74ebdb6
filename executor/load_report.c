/* What a load came to, in figures and as JSON. See load.h. */
#include "executor/json.h"
#include "executor/load.h"

uint64_t load_report_ended(const struct load_report *report)
{
	return report->succeeded + report->failed;
}

double load_report_per_second(const struct load_report *report)
{
	double seconds = (double)report->elapsed_ns / 1e9;

	return seconds > 0 ? (double)load_report_ended(report) / seconds : 0;
}

/* Whole microseconds: buckets are no finer than that, and 0.05 reads better than 0.049999. */
static void add_ms(cJSON *object, const char *name, double ns)
{
	cJSON_AddItemToObjectCS(object, name, cJSON_CreateNumber((double)(uint64_t)(ns / 1e3 + 0.5) / 1e3));
}

static cJSON *latency_to_json(const struct histogram *h)
{
	static const struct {
		const char *name;
		double percent;
	} percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};
	cJSON *object;

	if (!h->count)
		return cJSON_CreateNull();
	object = cJSON_CreateObject();
	add_ms(object, "min", (double)h->min);
	add_ms(object, "mean", histogram_mean(h));
	for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++)
		add_ms(object, percentiles[i].name, (double)histogram_percentile(h, percentiles[i].percent));
	add_ms(object, "max", (double)h->max);
	return object;
}

static void add_count(cJSON *object, const char *name, uint64_t n)
{
	cJSON_AddItemToObjectCS(object, name, cJSON_CreateNumber((double)n));
}

static cJSON *errors_to_json(const struct load_report *report)
{
	cJSON *errors = cJSON_CreateArray(), *error;

	for (size_t i = 0; i < report->error_count; i++) {
		error = cJSON_CreateObject();
		cJSON_AddItemToObjectCS(error, "errorCode", cJSON_CreateString(report->errors[i].code));
		add_count(error, "count", report->errors[i].count);
		json_add_string(error, "message", report->errors[i].message);
		cJSON_AddItemToArray(errors, error);
	}
	return errors;
}

cJSON *load_report_to_json(const struct load_report *report)
{
	cJSON *object = cJSON_CreateObject();

	add_count(object, "count", load_report_ended(report));
	add_count(object, "succeeded", report->succeeded);
	add_count(object, "failed", report->failed);
	add_count(object, "cancelled", report->cancelled);
	add_count(object, "late", report->late);
	add_ms(object, "elapsedMs", (double)report->elapsed_ns);
	cJSON_AddItemToObjectCS(object, "perSecond",
		cJSON_CreateNumber((double)(uint64_t)(load_report_per_second(report) * 10 + 0.5) / 10));
	cJSON_AddItemToObjectCS(object, "latencyMs", latency_to_json(&report->latency));
	cJSON_AddItemToObjectCS(object, "correctedLatencyMs", latency_to_json(&report->corrected));
	cJSON_AddItemToObjectCS(object, "queueMs", latency_to_json(&report->queue));
	cJSON_AddItemToObjectCS(object, "rateLimitMs", latency_to_json(&report->rate_wait));
	add_count(object, "attempts", report->attempts);
	add_count(object, "retries", report->retries);
	add_count(object, "bytes", report->bytes);
	cJSON_AddItemToObjectCS(object, "errors", errors_to_json(report));
	return object;
}
