/* executor/: runs one integration and records what happened. Knows nothing of agents. */
#ifndef EXECUTOR_EXECUTOR_H
#define EXECUTOR_EXECUTOR_H

#include "executor/alloc.h"
#include "executor/arena.h"
#include "executor/attribute.h"
#include "executor/buffer.h"
#include "executor/cassette.h"
#include "executor/clock.h"
#include "executor/defer.h"
#include "executor/env.h"
#include "executor/errcode.h"
#include "executor/execution.h"
#include "executor/fault.h"
#include "executor/file.h"
#include "executor/histogram.h"
#include "executor/http.h"
#include "executor/inject.h"
#include "executor/integration.h"
#include "executor/json.h"
#include "executor/load.h"
#include "executor/logger.h"
#include "executor/mock_server.h"
#include "executor/nearest.h"
#include "executor/plan.h"
#include "executor/policy.h"
#include "executor/redact.h"
#include "executor/result.h"
#include "executor/sse.h"
#include "executor/template.h"
#include "executor/tracer.h"

#endif
