/* Which sentence a sample belongs to, how much of it has been heard, and what becomes of all when it is
 * stopped or the device vanishes. The player is played by hand here, in place of audio/player.o; a real one
 * is in tests/tui/sound.sh. */
#include "tests/audio/sound.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct player {
	struct player_listener to;
	uint64_t written;
	float volume;
	char *device;
};

static struct player *open_player; /* NULL: none is */
static unsigned players;

struct player *player_new(
	uv_loop_t *loop, struct sound *sound, const char *device, const struct player_listener *listener)
{
	(void)loop;
	(void)sound;
	open_player = xcalloc(1, sizeof *open_player);
	open_player->to = *listener;
	open_player->device = xstrdup_null(device);
	players++;
	return open_player;
}

void player_open(struct player *player)
{
	(void)player;
}

void player_write(struct player *player, const float *frames, size_t count)
{
	(void)frames;
	player->written += count;
}

void player_flush(struct player *player)
{
	player->written = 0;
}

void player_volume(struct player *player, float volume)
{
	player->volume = volume;
}

void player_close(struct player *player)
{
	if (!player)
		return;
	free(player->device);
	free(player);
	open_player = NULL;
}

/* A synthesiser that makes what a test says, sentence by sentence. */
#define MADE_MAX 16

static struct {
	struct synthesiser synthesiser;
	struct synthesis_listener waiting[MADE_MAX];
	size_t count;
} maker;

static struct synthesiser *maker_open(const struct synthesiser_options *options, char **error)
{
	(void)options;
	(void)error;
	maker.count = 0;
	return &maker.synthesiser;
}

static void maker_speak(struct synthesiser *synthesiser, const struct synthesis *synthesis,
	const struct synthesis_listener *listener)
{
	(void)synthesiser;
	(void)synthesis;
	cr_assert_lt(maker.count, MADE_MAX);
	maker.waiting[maker.count++] = *listener;
}

static void maker_hush(struct synthesiser *synthesiser)
{
	(void)synthesiser;
	maker.count = 0;
}

static void maker_close(struct synthesiser *synthesiser)
{
	(void)synthesiser;
}

static const struct synthesiser_ops scripted_synthesiser = {.name = "scripted",
	.open = maker_open,
	.speak = maker_speak,
	.hush = maker_hush,
	.close = maker_close};

/* So many frames of the first sentence are made, all as loud. */
static void make_at(float level, size_t frames)
{
	float *made = xcalloc(frames, sizeof *made);

	for (size_t i = 0; i < frames; i++)
		made[i] = level;
	maker.waiting[0].sound(maker.waiting[0].ctx, made, frames);
	free(made);
}

static void make(size_t frames)
{
	make_at(0.5f, frames);
}

static void make_words(const struct synthesis_word *words, size_t count)
{
	maker.waiting[0].words(maker.waiting[0].ctx, words, count);
}

static void make_end(const char *error)
{
	struct synthesis_listener first = maker.waiting[0];

	memmove(maker.waiting, maker.waiting + 1, --maker.count * sizeof first);
	first.ended(first.ctx, error);
}

struct rig {
	uv_loop_t loop;
	uint64_t now_ns;
	struct clock clock;
	struct speaker *speaker;
	struct buffer told;
};

static struct rig rig;

static uint64_t rig_now(void *ctx)
{
	return ((struct rig *)ctx)->now_ns;
}

static void on_changed(void *ctx)
{
	static const char *const names[] = {"quiet", "sounds", "lost"};

	(void)ctx;
	buffer_appendf(&rig.told, "%s ", names[speaker_state(rig.speaker)]);
}

static void on_started(void *ctx)
{
	buffer_appendf(&rig.told, "%s+ ", (const char *)ctx);
}

static void on_progress(void *ctx, size_t bytes)
{
	buffer_appendf(&rig.told, "%s:%zu ", (const char *)ctx, bytes);
}

static void on_done(void *ctx, size_t bytes, const char *error)
{
	buffer_appendf(
		&rig.told, "%s=%zu%s%s ", (const char *)ctx, bytes, error ? "!" : "", error ? error : "");
}

static void rig_open(void)
{
	struct speaker_listener listener = {on_changed, NULL};
	struct speaker_options options = {
		.loop = &rig.loop, .clock = &rig.clock, .synthesiser = &scripted_synthesiser};
	char *error;

	memset(&rig, 0, sizeof rig);
	maker.synthesiser.ops = &scripted_synthesiser;
	uv_loop_init(&rig.loop);
	buffer_init(&rig.told, BUFFER_MAX_TEXT);
	rig.now_ns = 10000000000u;
	rig.clock = (struct clock){.monotonic_ns = rig_now, .realtime_ns = rig_now, .ctx = &rig};
	rig.speaker = speaker_new(&options, &listener, &error);
	cr_assert_not_null(rig.speaker);
	players = 0;
}

static void rig_close(void)
{
	speaker_free(rig.speaker);
	uv_run(&rig.loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&rig.loop), 0, "a handle is left");
	cr_expect_null(open_player);
	buffer_done(&rig.told);
}

TestSuite(speaker, .init = rig_open, .fini = rig_close);

static struct sentence_listener listener_of(const char *name)
{
	return (struct sentence_listener){on_started, on_progress, on_done, (void *)name};
}

static void say(const char *name, const char *text)
{
	struct synthesis synthesis = {.text = text, .speed = 1};
	struct sentence_listener listener = listener_of(name);

	speaker_say(rig.speaker, &synthesis, &listener);
}

static void heard(uint64_t frames)
{
	open_player->to.heard(open_player->to.ctx, frames);
}

static void told(const char *expected, const char *comment)
{
	cr_expect_str_eq(buffer_text(&rig.told), expected, "%s: %s", comment, buffer_text(&rig.told));
	buffer_reset(&rig.told);
}

static void pass(void)
{
	uv_run(&rig.loop, UV_RUN_NOWAIT);
}

Test(speaker, a_sample_belongs_to_a_sentence)
{
	say("a", "0123456789");
	say("b", "01234");
	told("sounds ", "said");
	make(1000);
	make_end(NULL);
	make(500);
	make_end(NULL);
	cr_expect_eq(open_player->written, 1500);
	told("", "made");
	heard(1);
	heard(500);
	told("a+ a:5 ", "half of the first");
	heard(1000);
	told("a=10 ", "all of it");
	heard(1300);
	told("b+ b:3 ", "more than half of the second");
	heard(1500);
	told("b=5 quiet ", "all");
}

Test(speaker, while_it_is_made_the_pace_of_speech_counts)
{
	say("a", "a sentence that is long enough to take some time");
	make(AUDIO_RATE_HZ * 2);
	heard(AUDIO_RATE_HZ);
	told("sounds a+ a:15 ", "a second");
	make_end(NULL);
	heard(AUDIO_RATE_HZ * 2);
	told("a=48 quiet ", "now its length is known");
}

Test(speaker, where_words_end_is_known)
{
	say("a", "420.50 EUR in all");
	make_words((struct synthesis_word[]){{9000, 6}, {9500, 10}, {9700, 13}}, 3);
	make(10000);
	heard(8999);
	told("sounds a+ ", "the number takes most of the time");
	heard(9000);
	told("a:6 ", "it is over");
	heard(9800);
	told("a:13 ", "two words at once");
	make_end(NULL);
	heard(9900);
	told("", "the last one sounds");
	heard(10000);
	told("a=17 quiet ", "all");
}

Test(speaker, nobody_waits_for_the_silence_before_a_voice)
{
	const size_t onset = SYNTHESIS_ONSET_MS * AUDIO_RATE_HZ / 1000;

	say("a", "one two");
	say("b", "three");
	make_words(&(struct synthesis_word){3000, 3}, 1);
	make_at(0, 1000);
	cr_expect_null(open_player, "nothing to be heard");
	make_at(0.001f, 500);
	make(2000);
	cr_expect_eq(open_player->written, 2000);
	make_end(NULL);
	make_at(0, 300);
	make(100);
	make_end(NULL);
	cr_expect_eq(open_player->written, 2400, "between sentences it is their pause");
	heard(1499);
	told("sounds a+ ", "not yet");
	heard(1500);
	told("a:3 ", "what was left out counts where a word ends");
	heard(2400);
	told("b+ a=7 b=5 quiet ", "all");
	say("c", "four");
	maker.waiting[0].sound(maker.waiting[0].ctx, (float[400]){[399] = 0.5f}, 400);
	cr_expect_eq(open_player->written, 2400 + 1 + onset, "a soft beginning stays");
	make_end(NULL);
	heard(3000);
	told("sounds c+ c=4 quiet ", "over");
}

Test(speaker, a_voice_that_says_nothing)
{
	say("a", "...");
	make_at(0, 5000);
	make_end(NULL);
	told("sounds a=3 quiet ", "is over at once");
	cr_expect_null(open_player, "no device is opened for it");
}

Test(speaker, what_is_stopped_has_been_heard_so_far)
{
	say("a", "0123456789");
	say("b", "01234");
	make(1000);
	make_end(NULL);
	heard(700);
	buffer_reset(&rig.told);
	speaker_hush(rig.speaker);
	told("", "never from inside a call");
	say("c", "next");
	make(100);
	make_end(NULL);
	pass();
	told("a=7 b=0 ", "stopped");
	heard(100);
	told("c+ c=4 quiet ", "what is said next counts anew");
}

Test(speaker, sound_of_its_own_keeps_its_place)
{
	static const float silence[300];
	struct sentence_listener listener = listener_of("p");

	say("a", "0123456789");
	speaker_play(rig.speaker, silence, 300, &listener);
	say("b", "01234");
	make(100);
	cr_expect_eq(open_player->written, 100, "it waits");
	make_end(NULL);
	cr_expect_eq(open_player->written, 400);
	make(50);
	make_end(NULL);
	heard(450);
	told("sounds a+ p+ b+ a=10 p=0 b=5 quiet ", "in their order");
}

Test(speaker, a_sentence_that_cannot_be_made)
{
	say("a", "0123456789");
	say("b", "01234");
	make_end("no such voice");
	told("sounds a=0!no such voice ", "failed");
	make(10);
	make_end(NULL);
	heard(10);
	told("b+ b=5 quiet ", "the next one is spoken");
}

Test(speaker, a_voice_that_makes_no_sound)
{
	say("a", "0123456789");
	make_end(NULL);
	told("sounds a=10 quiet ", "counts as heard");
	cr_expect_null(open_player, "no device is opened for it");
}

Test(speaker, a_device_that_vanishes)
{
	say("a", "0123456789");
	say("b", "01234");
	make(1000);
	heard(300);
	buffer_reset(&rig.told);
	open_player->to.lost(open_player->to.ctx, "gone");
	told("lost ", "lost");
	cr_expect_str_eq(speaker_reason(rig.speaker), "gone");
	pass();
	told("a=0!gone b=0!gone ", "none of them was spoken to its end");
	rig.now_ns += 1000000000u;
	say("c", "soon after");
	told("", "not inside the call");
	pass();
	told("c=0!gone ", "it is not tried at once");
	rig.now_ns += 2000000000u;
	say("d", "later");
	make(10);
	make_end(NULL);
	heard(10);
	told("sounds d+ d=5 quiet ", "tried again");
	cr_expect_eq(players, 2);
}

Test(speaker, volume_and_device)
{
	speaker_volume(rig.speaker, 0.25f);
	say("a", "0123456789");
	make(1000);
	cr_expect_eq(open_player->volume, 0.25f);
	speaker_volume(rig.speaker, 0);
	cr_expect_eq(open_player->volume, 0);
	speaker_use_device(rig.speaker, "headset");
	pass();
	told("sounds a=0 quiet ", "another device stops what sounds");
	say("b", "01234");
	make(10);
	cr_expect_str_eq(open_player->device, "headset");
	cr_expect_eq(open_player->volume, 0);
	speaker_hush(rig.speaker);
	pass();
}
