/* The thread begins with the first command and ends with sound_free. Where a call into PortAudio hangs,
 * commands wait and the loop goes on; at the end such a thread is left behind with all that it may still
 * touch. */
#include "audio/sound_own.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_MS 200     /* between looks at what is open */
#define PATIENCE_MS 1500 /* with a thread that is to end */

struct sound {
	uv_loop_t *loop;
	pthread_t thread;
	bool running;      /* the thread */
	uv_async_t *async; /* on its own: it outlives a thread that is left behind */
	pthread_mutex_t mutex;
	pthread_cond_t wake, ended;
	/* Under the mutex: */
	struct command *todo, **todo_last;
	struct command *done, **done_last;
	bool gone;      /* the thread has ended */
	bool abandoned; /* by the loop */
	size_t pending; /* the loop's: commands of which nothing has been heard */
	/* The thread's: */
	bool initialised, stale; /* stale: devices may have come and gone */
	struct sound_stream *open;
};

static void sound_arrived(uv_async_t *async);

struct sound *sound_new(uv_loop_t *loop)
{
	struct sound *sound = xcalloc(1, sizeof *sound);
	pthread_condattr_t attr;

	sound->loop = loop;
	sound->todo_last = &sound->todo;
	sound->done_last = &sound->done;
	pthread_mutex_init(&sound->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sound->wake, &attr);
	pthread_cond_init(&sound->ended, &attr);
	pthread_condattr_destroy(&attr);
	return sound;
}

/* The mutex is held. */
static void queue_add(struct command ***last, struct command *command)
{
	command->next = NULL;
	**last = command;
	*last = &command->next;
}

static struct command *queue_take(struct command **first, struct command ***last)
{
	struct command *command = *first;

	if (command) {
		*first = command->next;
		if (!*first)
			*last = first;
	}
	return command;
}

static void tell(struct sound *sound, struct command *command)
{
	pthread_mutex_lock(&sound->mutex);
	queue_add(&sound->done_last, command);
	if (!sound->abandoned)
		uv_async_send(sound->async);
	pthread_mutex_unlock(&sound->mutex);
}

static void ignore_text(const char *text)
{
	(void)text;
}

__attribute__((format(printf, 5, 6))) static void ignore_alsa(
	const char *file, int line, const char *function, int code, const char *format, ...)
{
	(void)file;
	(void)line;
	(void)function;
	(void)code;
	(void)format;
}

/* ALSA, JACK and PortAudio itself tell standard error of every device that they try; what went wrong in the
 * end they return. Which of them PortAudio was built with shows when the program runs. */
static void silence_libraries(void)
{
	int (*alsa)(void (*)(const char *, int, const char *, int, const char *, ...));
	void (*set)(void (*)(const char *));
	static const char *const names[] = {
		"jack_set_error_function", "jack_set_info_function", "PaUtil_SetDebugPrintFunction"};

	*(void **)&alsa = dlsym(RTLD_DEFAULT, "snd_lib_error_set_handler");
	if (alsa)
		alsa(ignore_alsa);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		*(void **)&set = dlsym(RTLD_DEFAULT, names[i]);
		if (set)
			set(ignore_text);
	}
}

static char *sound_initialise(struct sound *sound)
{
	PaError code;

	if (sound->initialised && sound->stale && !sound->open) {
		Pa_Terminate();
		sound->initialised = false;
	}
	if (sound->initialised)
		return NULL;
	silence_libraries();
	code = Pa_Initialize();
	if (code != paNoError)
		return xasprintf(
			"PortAudio does not start (%s): is a sound daemon running?", Pa_GetErrorText(code));
	sound->initialised = true;
	sound->stale = false;
	return NULL;
}

static void list_devices(struct command *command)
{
	PaDeviceIndex n = Pa_GetDeviceCount();

	if (n <= 0) {
		command->error =
			xstrdup("no sound device was found: plug one in, or start PulseAudio or PipeWire");
		return;
	}
	command->devices = xcalloc((size_t)n, sizeof *command->devices);
	for (PaDeviceIndex i = 0; i < n; i++) {
		const PaDeviceInfo *info = Pa_GetDeviceInfo(i);

		command->devices[command->count++] = (struct sound_device){
			.index = i,
			.name = xstrdup(info->name),
			.host_api = xstrdup(Pa_GetHostApiInfo(info->hostApi)->name),
			.inputs = info->maxInputChannels,
			.outputs = info->maxOutputChannels,
			.rate = info->defaultSampleRate,
			.default_input = i == Pa_GetDefaultInputDevice(),
			.default_output = i == Pa_GetDefaultOutputDevice(),
		};
	}
}

static void carry_out_list(struct sound *sound, struct command *command)
{
	sound->stale = true;
	command->error = sound_initialise(sound);
	if (!command->error)
		list_devices(command);
}

static void carry_out_open(struct sound *sound, struct command *command)
{
	struct sound_stream *stream = command->stream;

	command->error = sound_initialise(sound);
	if (!command->error)
		command->error = stream_start(stream);
	if (command->error) {
		sound->stale = true;
		return;
	}
	stream->next = sound->open;
	sound->open = stream;
}

static void carry_out_close(struct sound *sound, struct command *command)
{
	for (struct sound_stream **at = &sound->open; *at; at = &(*at)->next) {
		if (*at != command->stream)
			continue;
		*at = command->stream->next;
		break;
	}
	stream_stop(command->stream);
}

/* Streams that have stopped by themselves. */
static void check_streams(struct sound *sound)
{
	for (struct sound_stream *stream = sound->open; stream; stream = stream->next) {
		char *reason = stream->lost ? NULL : stream_check(stream);
		struct command *found;

		if (!reason)
			continue;
		stream->lost = true;
		sound->stale = true;
		found = xcalloc(1, sizeof *found);
		found->kind = COMMAND_LOST;
		found->stream = stream;
		found->error = reason;
		tell(sound, found);
	}
}

static struct timespec after(unsigned ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += ms / 1000;
	time.tv_nsec += (long)(ms % 1000) * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

/* NULL: it is time to look at the streams. */
static struct command *next_command(struct sound *sound)
{
	struct timespec until = after(CHECK_MS);
	struct command *command;
	int code = 0;

	pthread_mutex_lock(&sound->mutex);
	while (!sound->todo && code != ETIMEDOUT)
		code = sound->open ? pthread_cond_timedwait(&sound->wake, &sound->mutex, &until)
				   : pthread_cond_wait(&sound->wake, &sound->mutex);
	command = queue_take(&sound->todo, &sound->todo_last);
	pthread_mutex_unlock(&sound->mutex);
	return command;
}

static void *sound_thread(void *ctx)
{
	struct sound *sound = ctx;
	struct command *command;
	bool going = true;

	while (going) {
		command = next_command(sound);
		if (!command) {
			check_streams(sound);
			continue;
		}
		switch (command->kind) {
		case COMMAND_LIST: carry_out_list(sound, command); break;
		case COMMAND_OPEN: carry_out_open(sound, command); break;
		case COMMAND_SILENCE: stream_silence(command->stream); break;
		case COMMAND_CLOSE: carry_out_close(sound, command); break;
		case COMMAND_LOST: break;
		case COMMAND_QUIT: going = false; break;
		}
		tell(sound, command);
	}
	if (sound->initialised)
		Pa_Terminate();
	pthread_mutex_lock(&sound->mutex);
	sound->gone = true;
	pthread_cond_signal(&sound->ended);
	pthread_mutex_unlock(&sound->mutex);
	return NULL;
}

static void sound_start(struct sound *sound)
{
	int code;

	if (sound->running)
		return;
	sound->async = xcalloc(1, sizeof *sound->async);
	uv_async_init(sound->loop, sound->async, sound_arrived);
	sound->async->data = sound;
	uv_unref((uv_handle_t *)sound->async);
	code = pthread_create(&sound->thread, NULL, sound_thread, sound);
	if (code) {
		fprintf(stderr, "testpanel: no thread for sound: %s\n", strerror(code));
		abort();
	}
	sound->running = true;
}

static bool waited_for(const struct command *command)
{
	return command->kind == COMMAND_LIST || command->kind == COMMAND_OPEN;
}

void sound_send(struct sound *sound, struct command *command)
{
	sound_start(sound);
	/* Nobody waits for a stream to be closed: that may take as long as a dead daemon lets it. */
	if (waited_for(command) && !sound->pending++)
		uv_ref((uv_handle_t *)sound->async);
	pthread_mutex_lock(&sound->mutex);
	queue_add(&sound->todo_last, command);
	pthread_cond_signal(&sound->wake);
	pthread_mutex_unlock(&sound->mutex);
}

static void command_free(struct command *command)
{
	for (size_t i = 0; i < command->count; i++) {
		free(command->devices[i].name);
		free(command->devices[i].host_api);
	}
	free(command->devices);
	free(command->error);
	free(command);
}

static void tell_opened(struct sound_stream *stream, const char *error)
{
	stream->opened = !error;
	if (stream->closed)
		return;
	if (error)
		stream->listener.lost(stream->listener.ctx, error);
	else
		stream->listener.opened(
			stream->listener.ctx, stream->device, stream->rate, stream->latency_ms);
}

static void command_done(struct command *command)
{
	struct sound_stream *stream = command->stream;

	switch (command->kind) {
	case COMMAND_LIST:
		command->listed(command->ctx, command->devices, command->count, command->error);
		break;
	case COMMAND_OPEN: tell_opened(stream, command->error); break;
	case COMMAND_LOST:
		if (!stream->closed)
			stream->listener.lost(stream->listener.ctx, command->error);
		break;
	case COMMAND_CLOSE: stream_free(stream); break;
	case COMMAND_SILENCE:
	case COMMAND_QUIT: break;
	}
}

static void sound_arrived(uv_async_t *async)
{
	struct sound *sound = async->data;
	struct command *command;

	for (;;) {
		pthread_mutex_lock(&sound->mutex);
		command = queue_take(&sound->done, &sound->done_last);
		pthread_mutex_unlock(&sound->mutex);
		if (!command)
			break;
		if (waited_for(command) && !--sound->pending)
			uv_unref((uv_handle_t *)async);
		command_done(command);
		command_free(command);
	}
}

void sound_list(struct sound *sound, sound_list_cb done, void *ctx)
{
	struct command *command = xcalloc(1, sizeof *command);

	command->kind = COMMAND_LIST;
	command->listed = done;
	command->ctx = ctx;
	sound_send(sound, command);
}

static void async_closed(uv_handle_t *handle)
{
	free(handle);
}

/* True when the thread has ended; what it was told before is done then. */
static bool sound_wait(struct sound *sound)
{
	struct timespec until = after(PATIENCE_MS);
	bool gone;

	pthread_mutex_lock(&sound->mutex);
	while (!sound->gone && pthread_cond_timedwait(&sound->ended, &sound->mutex, &until) == 0)
		;
	gone = sound->gone;
	sound->abandoned = !gone;
	pthread_mutex_unlock(&sound->mutex);
	return gone;
}

void sound_free(struct sound *sound)
{
	struct command *quit;
	bool gone = true;

	if (!sound)
		return;
	if (sound->running) {
		quit = xcalloc(1, sizeof *quit);
		quit->kind = COMMAND_QUIT;
		sound_send(sound, quit);
		gone = sound_wait(sound);
		if (gone)
			pthread_join(sound->thread, NULL);
		else
			pthread_detach(sound->thread);
		if (gone)
			sound_arrived(sound->async);
		uv_close((uv_handle_t *)sound->async, async_closed);
	}
	if (!gone)
		return;
	pthread_mutex_destroy(&sound->mutex);
	pthread_cond_destroy(&sound->wake);
	pthread_cond_destroy(&sound->ended);
	free(sound);
}
