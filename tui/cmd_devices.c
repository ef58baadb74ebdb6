/* testpanel devices: the sound devices there are. */
#include "audio/audio.h"
#include "tui/commands.h"
#include "tui/output.h"

#include <stdlib.h>

struct listing {
	bool json;
	int status;
};

static void print_device(const struct sound_device *device, bool json)
{
	if (json) {
		cJSON *line = cJSON_CreateObject();

		cJSON_AddNumberToObject(line, "index", device->index);
		cJSON_AddStringToObject(line, "name", device->name);
		cJSON_AddStringToObject(line, "hostApi", device->host_api);
		cJSON_AddNumberToObject(line, "inputs", device->inputs);
		cJSON_AddNumberToObject(line, "outputs", device->outputs);
		cJSON_AddNumberToObject(line, "rate", device->rate);
		cJSON_AddBoolToObject(line, "defaultInput", device->default_input);
		cJSON_AddBoolToObject(line, "defaultOutput", device->default_output);
		output_json(line);
		return;
	}
	output_line("%3d  %-40s %-6s  %s%s%s  %.0f Hz%s%s", device->index, device->name, device->host_api,
		device->inputs ? "microphone" : "", device->inputs && device->outputs ? ", " : "",
		device->outputs ? "speaker" : "", device->rate,
		device->default_input ? "  default microphone" : "",
		device->default_output ? "  default speaker" : "");
}

static void listed(void *ctx, const struct sound_device *devices, size_t count, const char *error)
{
	struct listing *listing = ctx;

	for (size_t i = 0; i < count; i++)
		print_device(&devices[i], listing->json);
	if (!error)
		return;
	complain("%s", error);
	listing->status = STATUS_SYSTEM;
}

int cmd_devices(const struct options *options)
{
	struct listing listing = {options_given(options, OPTION_JSON), STATUS_OK};
	struct sound *sound;
	uv_loop_t loop;

	uv_loop_init(&loop);
	sound = sound_new(&loop);
	sound_list(sound, listed, &listing);
	uv_run(&loop, UV_RUN_DEFAULT);
	sound_free(sound);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return output_ok() ? listing.status : STATUS_SYSTEM;
}
