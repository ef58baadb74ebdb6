/* App variants, merged into the bundled hotel. Every fault has a place in the template; a variant that is
 * parsed can be merged or says why not; what is merged prints, has tools, and leaves the workflow's own text
 * alone. */
#include "orchestrator/business_rule.h"
#include "orchestrator/variant.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static struct workflow *hotel;

static void open_hotel(void)
{
	struct faults faults;
	char *error = NULL;

	if (hotel)
		return;
	faults_init(&faults);
	hotel = workflow_load("assets/hotel.json", &faults, &error);
	FUZZ_CHECK(hotel, "%s", error ? error : "the hotel has faults");
	faults_done(&faults);
}

static void check_rules(const struct node *node)
{
	struct tool_set set;

	tool_set_init(&set, node, NULL);
	for (size_t i = 0; i < set.count; i++) {
		cJSON *args = cJSON_Parse("{\"quantity\": 11, \"room\": \"204\"}");
		char *message;
		const struct business_rule *rule = business_rules_broken(&set.items[i], args, &message);

		FUZZ_CHECK((rule != NULL) == (message != NULL), "%s", set.items[i].name);
		free(message);
		cJSON_Delete(args);
	}
	tool_set_done(&set);
}

static void check_merged(const struct workflow *merged, const struct variant *variant)
{
	FUZZ_CHECK(
		merged->len == hotel->len && !memcmp(merged->text, hotel->text, hotel->len), "its own text");
	FUZZ_CHECK(merged->node_count >= hotel->node_count, "%zu nodes", merged->node_count);
	FUZZ_CHECK(!strcmp(merged->name, variant->name), "%s", merged->name);
	fuzz_check_prints(merged->json);
	for (size_t i = 0; i < merged->node_count; i++)
		check_rules(&merged->nodes[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct workflow *merged = NULL;
	struct variant *variant;
	struct faults faults;
	size_t len;
	char *text;

	open_hotel();
	text = fuzz_bytes(&input, &len);
	faults_init(&faults);
	variant = variant_parse(text, len, "fuzz", &faults);
	FUZZ_CHECK(variant || faults.errors, "no variant and no error");
	if (variant)
		merged = workflow_merge(hotel, variant, &faults);
	FUZZ_CHECK(merged || faults.errors, "nothing merged and no error");
	fuzz_check_faults(&faults, text, len);
	if (merged)
		check_merged(merged, variant);
	workflow_free(merged);
	variant_free(variant);
	faults_done(&faults);
	free(text);
	return 0;
}
