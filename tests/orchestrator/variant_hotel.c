/* The prompts and rules of the graph and those of a template say whose they are. */
#include "tests/orchestrator/variant_hotel.h"

#include <criterion/criterion.h>
#include <string.h>

const char hotel_text[] =
	"{\n"
	"  \"nodes\": [\n"
	"    {\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\",\n"
	"      \"systemPrompt\": \"Graph's prompt.\", \"intents\": [\"stays\", \"bills\", \"unused\"],\n"
	"      \"guardrails\": {\"bannedPhrases\": [\"graph's\"], \"fallbackResponse\": \"Graph's no.\"}}},\n"
	"    {\"id\": \"stays\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Room stays\",\n"
	"      \"systemPrompt\": \"Graph's.\", \"description\": \"reservations of rooms\"}},\n"
	"    {\"id\": \"bills\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Bills\"}},\n"
	"    {\"id\": \"reserve\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"reserve\",\n"
	"      \"description\": \"Reserve a room for some nights\",\n"
	"      \"parameters\": [{\"name\": \"nights\", \"type\": \"number\", \"required\": true}],\n"
	"      \"testpanel\": {\"examples\": [\"reserve a room for 3 nights\"]}}},\n"
	"    {\"id\": \"cancel\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"cancel\",\n"
	"      \"description\": \"Cancel a reservation\"}},\n"
	"    {\"id\": \"invoice\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": "
	"\"send_invoice\",\n"
	"      \"description\": \"Send an invoice\"}},\n"
	"    {\"id\": \"clock\", \"type\": \"subAgentNode\", \"data\": {\"functionName\": \"clock\"}},\n"
	"    {\"id\": \"guide\", \"type\": \"knowledgeBaseNode\", \"data\": {\"label\": \"Guide\", "
	"\"articles\": []}},\n"
	"    {\"id\": \"pms\", \"type\": \"integrationNode\", \"data\": {\"integrationType\": \"mock\",\n"
	"      \"mockOutput\": \"{\\\"status\\\": \\\"reserved\\\"}\"}}\n"
	"  ],\n"
	"  \"edges\": [\n"
	"    {\"source\": \"desk\", \"target\": \"stays\", \"sourceHandle\": \"intent-stays\"},\n"
	"    {\"source\": \"desk\", \"target\": \"bills\", \"sourceHandle\": \"intent-bills\"},\n"
	"    {\"source\": \"stays\", \"target\": \"reserve\"},\n"
	"    {\"source\": \"stays\", \"target\": \"cancel\"},\n"
	"    {\"source\": \"stays\", \"target\": \"guide\"},\n"
	"    {\"source\": \"bills\", \"target\": \"invoice\"},\n"
	"    {\"source\": \"desk\", \"target\": \"clock\"},\n"
	"    {\"source\": \"reserve\", \"target\": \"pms\"}\n"
	"  ],\n"
	"  \"testpanel\": {\"name\": \"Graph's\", \"language\": \"en\", \"communicationConfig\": "
	"{\"timeout\":\n"
	"    {\"subAgentLoop\": 9000, \"toolExecution\": 4000}}}\n"
	"}\n";

struct workflow *hotel_load(const char *text, struct faults *faults)
{
	struct workflow *w;

	faults_init(faults);
	w = workflow_parse(text, strlen(text), "graph", faults);
	cr_assert(w, "%s", faults->count ? faults->items[0].message : "?");
	return w;
}

struct workflow *hotel_merge(const char *template, struct faults *faults)
{
	struct variant *variant;
	struct workflow *w, *merged = NULL;

	w = hotel_load(hotel_text, faults);
	faults_done(faults);
	faults_init(faults);
	variant = variant_parse(template, strlen(template), "t.json", faults);
	if (variant)
		merged = workflow_merge(w, variant, faults);
	variant_free(variant);
	workflow_free(w);
	return merged;
}
