/* An acoustic model's means moved to one caller's voice: maximum likelihood linear regression (MLLR:
 * Leggetter and Woodland, Computer Speech and Language 9, 1995) with a transform for each class of phones,
 * drawn towards the one for all phones, and that towards the identity, by priors (MAPLR: Chesta, Siohan and
 * Lee, Eurospeech 1999), so that a few words do no harm. What was said is known from utterances that were
 * understood; nothing is learned from others. Used by one thread at a time. */
#ifndef AUDIO_ADAPTATION_H
#define AUDIO_ADAPTATION_H

#include <pocketsphinx.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct adaptation;

/* For decoders of this one's model. NULL: it cannot be adapted (adaptation_hear and the others take NULL, and
 * do nothing). */
struct adaptation *adaptation_new(ps_decoder_t *ps);
void adaptation_free(struct adaptation *adaptation);
/* An utterance, just when the decoder has explained it: what was collected of the one before is forgotten. */
void adaptation_hear(struct adaptation *adaptation, ps_decoder_t *ps, const int16_t *samples, size_t count);
/* What was heard last was understood: the transforms are from now on those of the last minute or so of what
 * was kept; or of this utterance alone, which another caller seems to have said. */
void adaptation_keep(struct adaptation *adaptation);
/* How much better than the plain model the transforms explain what was heard last: log likelihood, a frame.
 * 0: there is no transform yet. */
double adaptation_gain(const struct adaptation *adaptation);
/* Another number after each adaptation_keep that learned something; 0 before the first. */
unsigned adaptation_version(const struct adaptation *adaptation);
/* Frames of 10 ms that the transforms are made of. */
double adaptation_frames(const struct adaptation *adaptation);
/* Moves a decoder's means, between utterances; from any thread while none of the above runs. False: they
 * stay. */
bool adaptation_apply(const struct adaptation *adaptation, ps_decoder_t *ps);

#endif
