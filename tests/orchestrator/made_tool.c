/* See made_tool.h. */
#include "tests/orchestrator/made_tool.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void made_tool_init(struct made_tool *made, const char *parameters)
{
	const cJSON *spec;
	size_t i = 0;

	*made = (struct made_tool){.json = cJSON_Parse(parameters)};
	cr_assert_not_null(made->json, "%s", parameters);
	made->node = (struct node){.id = "t", .name = "t", .type = NODE_SUB_AGENT};
	made->tool = (struct tool){.name = "order_thing_t", .node = &made->node};
	made->tool.parameter_count = (size_t)cJSON_GetArraySize(made->json);
	made->tool.parameters = xcalloc(made->tool.parameter_count + 1, sizeof(struct parameter));
	cJSON_ArrayForEach(spec, made->json)
	{
		const char *type = json_string(spec, "type", "string");

		made->tool.parameters[i++] = (struct parameter){
			.name = json_string(spec, "name", ""),
			.type = !strcmp(type, "number")    ? PARAMETER_NUMBER
				: !strcmp(type, "boolean") ? PARAMETER_BOOLEAN
				: !strcmp(type, "json")    ? PARAMETER_JSON
							   : PARAMETER_STRING,
			.description = json_string(spec, "description", ""),
			.required = json_bool(spec, "required", false),
			.spec = spec,
		};
	}
}

void made_tool_done(struct made_tool *made)
{
	free(made->tool.parameters);
	cJSON_Delete(made->json);
}
