/* What a microphone tells of an utterance, as a turn has it. */
#ifndef TUI_HEARD_H
#define TUI_HEARD_H

#include "audio/microphone.h"
#include "orchestrator/voice_ops.h"

/* Its texts are the microphone's; without a recording. Where nothing was understood, heard is "". */
struct voice_heard heard_told(const struct microphone_heard *heard);

#endif
