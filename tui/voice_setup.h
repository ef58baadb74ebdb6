/* From options and settings to a headset. */
#ifndef TUI_VOICE_SETUP_H
#define TUI_VOICE_SETUP_H

#include "tui/headset.h"
#include "tui/options.h"

/* Everything but the engine and the folder of recordings; texts are the options'. */
struct headset_options voice_setup(const struct options *options);
/* As the workflow's top-level testpanel.voiceActivity has it; what is missing there stays. False with *error
 * (caller frees) naming file, member and bounds. workflow may be NULL. */
bool voice_setup_activity(struct activity_settings *settings, const struct workflow *workflow, char **error);

#endif
