/* orchestrator/: the graph, tools, sessions, turns, models and the orchestrators. Knows no screen and no
 * sound card. */
#ifndef ORCHESTRATOR_ORCHESTRATOR_H
#define ORCHESTRATOR_ORCHESTRATOR_H

#include "orchestrator/compare.h"
#include "orchestrator/engine.h"
#include "orchestrator/model.h"
#include "orchestrator/openai_probe.h"
#include "orchestrator/orchestrators.h"
#include "orchestrator/planner.h"
#include "orchestrator/replay.h"
#include "orchestrator/session.h"
#include "orchestrator/session_file.h"
#include "orchestrator/text.h"
#include "orchestrator/tool.h"
#include "orchestrator/turn.h"
#include "orchestrator/variant.h"
#include "orchestrator/voice.h"
#include "orchestrator/workflow.h"

#endif
