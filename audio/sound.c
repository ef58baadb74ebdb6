/* The thread begins with the first command and ends with sound_free. Where a call into PortAudio hangs,
 * commands wait and the loop goes on; at the end such a thread is left behind with all that it may still
 * touch.
 *
 * One call may hang for ever: Pa_StartStream, when the device fails just then. PortAudio's own thread ends
 * with a mutex locked that the caller wants (19.6, CallbackThreadFunc of pa_linux_alsa.c). Such a thread is
 * left behind at once, and another one goes on with the other streams. PortAudio is not terminated any more
 * then, for it would free that stream. */
#include "audio/sound_own.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_MS 200     /* between looks at what is open */
#define PATIENCE_MS 1500 /* with a thread that is to end */
#define LOOK_MS 500      /* whether one hangs */

/* The thread, and what it shares with the loop. */
struct worker {
	uv_async_t *async; /* the loop's; not touched any more once it is abandoned */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake, ended;
	/* Under the mutex: */
	struct command *todo, **todo_last;
	struct command *done, **done_last;
	struct command *current; /* is being carried out */
	bool gone;               /* the thread has ended */
	bool abandoned;          /* by the loop */
	/* The thread's: */
	bool initialised, stale; /* stale: devices may have come and gone */
	bool left_behind;        /* a thread before it, in a call for a stream that PortAudio still knows */
	struct sound_stream *open;
};

struct sound {
	uv_loop_t *loop;
	struct worker *worker; /* NULL: before the first command */
	uv_async_t *async;     /* on its own: it outlives a thread that is left behind */
	uv_timer_t *patience;
	size_t pending; /* commands of which nothing has been heard */
};

static void sound_arrived(uv_async_t *async);

struct sound *sound_new(uv_loop_t *loop)
{
	struct sound *sound = xcalloc(1, sizeof *sound);

	sound->loop = loop;
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

static void tell(struct worker *worker, struct command *command)
{
	pthread_mutex_lock(&worker->mutex);
	worker->current = NULL;
	queue_add(&worker->done_last, command);
	if (!worker->abandoned)
		uv_async_send(worker->async);
	pthread_mutex_unlock(&worker->mutex);
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

static char *sound_initialise(struct worker *worker)
{
	PaError code;

	if (worker->initialised && worker->stale && !worker->open && !worker->left_behind) {
		Pa_Terminate();
		worker->initialised = false;
	}
	if (worker->initialised)
		return NULL;
	silence_libraries();
	code = Pa_Initialize();
	if (code != paNoError)
		return xasprintf(
			"PortAudio does not start (%s): is a sound daemon running?", Pa_GetErrorText(code));
	worker->initialised = true;
	worker->stale = false;
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

static void carry_out_list(struct worker *worker, struct command *command)
{
	worker->stale = true;
	command->error = sound_initialise(worker);
	if (!command->error)
		list_devices(command);
}

/* False: it was given up meanwhile, and all that it had is another one's. */
static bool carry_out_open(struct worker *worker, struct command *command)
{
	struct sound_stream *stream = command->stream;

	command->error = sound_initialise(worker);
	if (!command->error)
		command->error = stream_start(stream);
	if (stream->given_up)
		return false;
	if (command->error) {
		worker->stale = true;
		return true;
	}
	stream->next = worker->open;
	worker->open = stream;
	return true;
}

static void remove_stream(struct worker *worker, const struct sound_stream *stream)
{
	for (struct sound_stream **at = &worker->open; *at; at = &(*at)->next) {
		if (*at != stream)
			continue;
		*at = stream->next;
		break;
	}
}

static void carry_out_close(struct worker *worker, struct command *command)
{
	remove_stream(worker, command->stream);
	stream_stop(command->stream);
}

/* Streams that have stopped by themselves. */
static void check_streams(struct worker *worker)
{
	for (struct sound_stream *stream = worker->open; stream; stream = stream->next) {
		char *reason = stream->lost ? NULL : stream_check(stream);
		struct command *found;

		if (!reason)
			continue;
		stream->lost = true;
		worker->stale = true;
		found = xcalloc(1, sizeof *found);
		found->kind = COMMAND_LOST;
		found->stream = stream;
		found->error = reason;
		tell(worker, found);
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
static struct command *next_command(struct worker *worker)
{
	struct timespec until = after(CHECK_MS);
	struct command *command;
	int code = 0;

	pthread_mutex_lock(&worker->mutex);
	while (!worker->todo && code != ETIMEDOUT)
		code = worker->open ? pthread_cond_timedwait(&worker->wake, &worker->mutex, &until)
				    : pthread_cond_wait(&worker->wake, &worker->mutex);
	command = worker->current = queue_take(&worker->todo, &worker->todo_last);
	pthread_mutex_unlock(&worker->mutex);
	return command;
}

/* False as there. */
static bool carry_out(struct worker *worker, struct command *command)
{
	switch (command->kind) {
	case COMMAND_LIST: carry_out_list(worker, command); break;
	case COMMAND_OPEN: return carry_out_open(worker, command);
	case COMMAND_SILENCE: stream_silence(command->stream); return !command->stream->given_up;
	case COMMAND_CLOSE: carry_out_close(worker, command); break;
	case COMMAND_LOST:
	case COMMAND_QUIT: break;
	}
	return true;
}

static void *sound_thread(void *ctx)
{
	struct worker *worker = ctx;
	struct command *command;
	bool going = true;

	while (going) {
		command = next_command(worker);
		if (!command) {
			check_streams(worker);
			continue;
		}
		if (!carry_out(worker, command))
			return NULL;
		going = command->kind != COMMAND_QUIT;
		tell(worker, command);
	}
	if (worker->initialised && !worker->left_behind)
		Pa_Terminate();
	pthread_mutex_lock(&worker->mutex);
	worker->gone = true;
	pthread_cond_signal(&worker->ended);
	pthread_mutex_unlock(&worker->mutex);
	return NULL;
}

static struct worker *worker_new(uv_async_t *async)
{
	struct worker *worker = xcalloc(1, sizeof *worker);
	pthread_condattr_t attr;

	worker->async = async;
	worker->todo_last = &worker->todo;
	worker->done_last = &worker->done;
	pthread_mutex_init(&worker->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->wake, &attr);
	pthread_cond_init(&worker->ended, &attr);
	pthread_condattr_destroy(&attr);
	return worker;
}

static void worker_run(struct worker *worker)
{
	int code = pthread_create(&worker->thread, NULL, sound_thread, worker);

	if (!code)
		return;
	fprintf(stderr, "testpanel: no thread for sound: %s\n", strerror(code));
	abort();
}

static void worker_free(struct worker *worker)
{
	pthread_mutex_destroy(&worker->mutex);
	pthread_cond_destroy(&worker->wake);
	pthread_cond_destroy(&worker->ended);
	free(worker);
}

static void sound_start(struct sound *sound)
{
	if (sound->worker)
		return;
	sound->async = xcalloc(1, sizeof *sound->async);
	uv_async_init(sound->loop, sound->async, sound_arrived);
	sound->async->data = sound;
	uv_unref((uv_handle_t *)sound->async);
	sound->patience = xcalloc(1, sizeof *sound->patience);
	uv_timer_init(sound->loop, sound->patience);
	sound->patience->data = sound;
	uv_unref((uv_handle_t *)sound->patience);
	sound->worker = worker_new(sound->async);
	worker_run(sound->worker);
}

static bool waited_for(const struct command *command)
{
	return command->kind == COMMAND_LIST || command->kind == COMMAND_OPEN;
}

static void on_patience(uv_timer_t *timer);

void sound_send(struct sound *sound, struct command *command)
{
	struct worker *worker;

	sound_start(sound);
	worker = sound->worker;
	/* Nobody waits for a stream to be closed: that may take as long as a dead daemon lets it. */
	if (waited_for(command) && !sound->pending++)
		uv_ref((uv_handle_t *)sound->async);
	uv_timer_start(sound->patience, on_patience, LOOK_MS, LOOK_MS);
	pthread_mutex_lock(&worker->mutex);
	queue_add(&worker->todo_last, command);
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->mutex);
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

static void heard_of(struct sound *sound, const struct command *command)
{
	if (waited_for(command) && !--sound->pending)
		uv_unref((uv_handle_t *)sound->async);
}

static void sound_arrived(uv_async_t *async)
{
	struct sound *sound = async->data;
	struct worker *worker = sound->worker;
	struct command *command;

	for (;;) {
		pthread_mutex_lock(&worker->mutex);
		command = queue_take(&worker->done, &worker->done_last);
		pthread_mutex_unlock(&worker->mutex);
		if (!command)
			break;
		heard_of(sound, command);
		command_done(command);
		command_free(command);
	}
}

/* What waits for old's thread, but for what was to be done with the stream that it hangs in. */
static void hand_over(struct worker *old, struct worker *worker, const struct sound_stream *stuck)
{
	struct command *command;

	pthread_mutex_lock(&old->mutex);
	while ((command = queue_take(&old->todo, &old->todo_last)))
		if (command->stream == stuck)
			command_free(command);
		else
			queue_add(&worker->todo_last, command);
	pthread_mutex_unlock(&old->mutex);
	worker->open = old->open;
	remove_stream(worker, stuck);
	worker->initialised = worker->left_behind = true;
}

/* The thread hangs in command; what it may still touch, the command too, stays as it is for ever. */
static void leave_behind(struct sound *sound, const struct command *command)
{
	struct worker *old = sound->worker, *worker = worker_new(sound->async);
	struct sound_stream *stream = command->stream;
	char *reason =
		xasprintf("%s does not start: restart the sound daemon, and try again", stream->device);

	sound_arrived(sound->async);
	heard_of(sound, command);
	hand_over(old, worker, stream);
	pthread_detach(old->thread);
	sound->worker = worker;
	worker_run(worker);
	stream->stuck = true;
	stream->opened = false;
	if (!stream->closed)
		stream->listener.lost(stream->listener.ctx, reason);
	free(reason);
}

static void on_patience(uv_timer_t *timer)
{
	struct sound *sound = timer->data;
	struct worker *worker = sound->worker;
	const struct command *command;
	bool hangs, idle;

	pthread_mutex_lock(&worker->mutex);
	command = worker->current;
	idle = !command && !worker->todo;
	hangs = command && command->stream && stream_give_up(command->stream);
	worker->abandoned = hangs;
	pthread_mutex_unlock(&worker->mutex);
	if (hangs)
		leave_behind(sound, command);
	else if (idle)
		uv_timer_stop(timer);
}

void sound_list(struct sound *sound, sound_list_cb done, void *ctx)
{
	struct command *command = xcalloc(1, sizeof *command);

	command->kind = COMMAND_LIST;
	command->listed = done;
	command->ctx = ctx;
	sound_send(sound, command);
}

static void handle_closed(uv_handle_t *handle)
{
	free(handle);
}

/* True when the thread has ended; what it was told before is done then. */
static bool worker_wait(struct worker *worker)
{
	struct timespec until = after(PATIENCE_MS);
	bool gone;

	pthread_mutex_lock(&worker->mutex);
	while (!worker->gone && pthread_cond_timedwait(&worker->ended, &worker->mutex, &until) == 0)
		;
	gone = worker->gone;
	worker->abandoned = !gone;
	pthread_mutex_unlock(&worker->mutex);
	return gone;
}

static void sound_stop(struct sound *sound)
{
	struct command *quit = xcalloc(1, sizeof *quit);
	struct worker *worker = sound->worker;

	quit->kind = COMMAND_QUIT;
	sound_send(sound, quit);
	if (worker_wait(worker)) {
		pthread_join(worker->thread, NULL);
		sound_arrived(sound->async);
		worker_free(worker);
	} else {
		pthread_detach(worker->thread);
	}
	uv_close((uv_handle_t *)sound->async, handle_closed);
	uv_close((uv_handle_t *)sound->patience, handle_closed);
}

void sound_free(struct sound *sound)
{
	if (!sound)
		return;
	if (sound->worker)
		sound_stop(sound);
	free(sound);
}
