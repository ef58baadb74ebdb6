# testpanel: see README.md. `make V=1` shows the commands; `make BUILD=dir` builds elsewhere; `make CC=clang` works too.

CC = gcc
AR = ar
BUILD = build
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
INSTALL = install
OPT = -O2 -g
WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wpointer-arith -Wundef -Wformat=2
PACKAGES = ncursesw libcurl libcjson libuv libmicrohttpd libutf8proc sndfile samplerate speexdsp portaudio-2.0

# Debian's names, for `make deps`; a|b is satisfied by either. ca-certificates is what https is checked against.
DEPS_BUILD = $(if $(findstring clang,$(CC)),clang,gcc) binutils libc6-dev pkg-config|pkgconf ca-certificates \
	libncurses-dev libcurl4-openssl-dev|libcurl4-gnutls-dev libcjson-dev libuv1-dev libmicrohttpd-dev \
	libutf8proc-dev libstemmer-dev libjq-dev libsndfile1-dev libsamplerate0-dev libspeexdsp-dev portaudio19-dev \
	libpocketsphinx-dev pocketsphinx-en-us flite1-dev
DEPS_TEST = libcriterion-dev tmux jq procps openssl python3-httpbin pulseaudio pulseaudio-utils libasound2-plugins \
	espeak-ng sox
DEPS_LINT = clang clang-format clang-tidy cppcheck
DEPS_VALGRIND = valgrind
DEPS_BENCH = nginx|nginx-light hey util-linux
DEPS_BENCH_SPEECH = espeak-ng sox jq
# llvm has the tool that gives a sanitizer's report its lines.
DEPS_FUZZ = clang libclang-rt-dev|libclang-rt-14-dev llvm
DEPS_BENCH = nginx|nginx-light

VERSION = 0.1.0
# The recogniser and the voice are left out where their libraries are not; `testpanel --version` says so.
ifeq ($(shell pkg-config --exists pocketsphinx 2>/dev/null && echo yes),yes)
AUDIO_POCKETSPHINX = audio/adaptation.o audio/codebooks.o audio/recogniser_auto.o audio/decoder.o \
	audio/recogniser_pocketsphinx.o audio/regression.o audio/senones.o audio/sphinx.o
POCKETSPHINX_MODEL = $(shell pkg-config --variable=modeldir pocketsphinx)/en-us
PACKAGES_POCKETSPHINX = pocketsphinx
CPPFLAGS_AUDIO += -DHAVE_POCKETSPHINX -DPOCKETSPHINX_MODEL='"$(POCKETSPHINX_MODEL)"'
endif
ifneq ($(wildcard /usr/include/flite/flite.h),)
AUDIO_FLITE = audio/synthesiser_flite.o
LIBS_FLITE = -lflite_cmu_us_slt -lflite_cmu_us_rms -lflite_cmu_us_awb -lflite_cmu_us_kal16 -lflite_usenglish -lflite_cmulex \
	-lflite
CPPFLAGS_AUDIO += -DHAVE_FLITE
endif

CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DTESTPANEL_VERSION='"$(VERSION)"' $(CPPFLAGS_AUDIO) $(CPPFLAGS)
# Empty, and silent, where pkg-config or a package is missing: `make deps` has not run yet then.
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) $(PACKAGES_POCKETSPHINX) 2>/dev/null)
PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES) $(PACKAGES_POCKETSPHINX) 2>/dev/null)
CFLAGS_ALL = -std=c11 $(OPT) $(WARN) $(SANITIZE) $(PACKAGE_CFLAGS) $(CFLAGS)
# as-needed: a program loads at its start only what it calls.
LDLIBS_ALL = $(SANITIZE) $(LDFLAGS) -Wl,--as-needed $(PACKAGE_LIBS) $(LIBS_FLITE) -lstemmer -ljq -lm

V = 0
QUIET_0 = @printf '  %-5s %s\n' "$(1)" "$@";
quiet = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@,$(QUIET_$(V)))
SUBMAKE = $(MAKE) --no-print-directory

# One object a line: what is built is what stands here.
EXECUTOR = \
	executor/alloc.o \
	executor/arena.o \
	executor/attribute.o \
	executor/base64.o \
	executor/body.o \
	executor/body_job.o \
	executor/body_text.o \
	executor/breaker.o \
	executor/budget.o \
	executor/buffer.o \
	executor/canonical.o \
	executor/canonical_compare.o \
	executor/cassette.o \
	executor/cassette_file.o \
	executor/clock.o \
	executor/condition.o \
	executor/credentials.o \
	executor/curl_line.o \
	executor/defer.o \
	executor/env.o \
	executor/errcode.o \
	executor/excerpt.o \
	executor/execution.o \
	executor/execution_filter.o \
	executor/execution_request.o \
	executor/execution_token.o \
	executor/executor.o \
	executor/fault.o \
	executor/file.o \
	executor/filter.o \
	executor/filter_program.o \
	executor/filter_value.o \
	executor/filter_worker.o \
	executor/gate.o \
	executor/gate_budget.o \
	executor/graphql.o \
	executor/graphql_document.o \
	executor/graphql_errors.o \
	executor/graphql_variables.o \
	executor/hash.o \
	executor/histogram.o \
	executor/host.o \
	executor/http.o \
	executor/http_answer.o \
	executor/http_hop.o \
	executor/http_lane.o \
	executor/http_play.o \
	executor/http_status.o \
	executor/http_tls.o \
	executor/http_transport.o \
	executor/http_watch.o \
	executor/idempotency.o \
	executor/inject.o \
	executor/inject_attempt.o \
	executor/integration.o \
	executor/integration_filters.o \
	executor/integration_learn.o \
	executor/interaction.o \
	executor/json.o \
	executor/json_build.o \
	executor/json_locate.o \
	executor/json_number.o \
	executor/json_print.o \
	executor/json_scan.o \
	executor/limiter.o \
	executor/line.o \
	executor/load.o \
	executor/load_report.o \
	executor/logger.o \
	executor/mask.o \
	executor/mock.o \
	executor/mock_answer.o \
	executor/mock_attempt.o \
	executor/mock_chance.o \
	executor/mock_definition.o \
	executor/mock_fault.o \
	executor/mock_graphql.o \
	executor/mock_listener.o \
	executor/mock_match.o \
	executor/mock_member.o \
	executor/mock_node.o \
	executor/mock_reply.o \
	executor/mock_route.o \
	executor/mock_server.o \
	executor/mock_session.o \
	executor/mock_template.o \
	executor/multi.o \
	executor/nearest.o \
	executor/normalize.o \
	executor/oauth2.o \
	executor/plan.o \
	executor/plan_gate.o \
	executor/policy.o \
	executor/policy_parse.o \
	executor/record.o \
	executor/redact.o \
	executor/redact_form.o \
	executor/redact_learn.o \
	executor/redact_name.o \
	executor/redactor.o \
	executor/request.o \
	executor/rest.o \
	executor/result.o \
	executor/retry_after.o \
	executor/schedule.o \
	executor/server_name.o \
	executor/source.o \
	executor/span.o \
	executor/sse.o \
	executor/table.o \
	executor/template.o \
	executor/trace_pack.o \
	executor/tracer.o \
	executor/transport.o \
	executor/transport_defaults.o

ORCHESTRATOR = \
	orchestrator/agent_call.o \
	orchestrator/agent_choice.o \
	orchestrator/agent_known.o \
	orchestrator/agent_loop.o \
	orchestrator/agent_registry.o \
	orchestrator/agent_clarify.o \
	orchestrator/agent_loop.o \
	orchestrator/agent_loop_end.o \
	orchestrator/agent_loop_question.o \
	orchestrator/agent_outcome.o \
	orchestrator/agent_prompt.o \
	orchestrator/agent_response.o \
	orchestrator/ask.o \
	orchestrator/bm25.o \
	orchestrator/business_rule.o \
	orchestrator/business_rule_lint.o \
	orchestrator/chat_answer.o \
	orchestrator/communication.o \
	orchestrator/communication_settings.o \
	orchestrator/compare.o \
	orchestrator/consent.o \
	orchestrator/draft.o \
	orchestrator/embedded.o \
	orchestrator/engine.o \
	orchestrator/extract.o \
	orchestrator/extract_enum.o \
	orchestrator/extract_further.o \
	orchestrator/extract_memory.o \
	orchestrator/extract_pattern.o \
	orchestrator/extract_shape.o \
	orchestrator/extract_value.o \
	orchestrator/filler.o \
	orchestrator/flow.o \
	orchestrator/guardrail.o \
	orchestrator/history.o \
	orchestrator/intent.o \
	orchestrator/knowledge.o \
	orchestrator/latency.o \
	orchestrator/logic.o \
	orchestrator/master_agent.o \
	orchestrator/marker.o \
	orchestrator/message.o \
	orchestrator/model.o \
	orchestrator/openai.o \
	orchestrator/openai_answer.o \
	orchestrator/openai_headers.o \
	orchestrator/openai_probe.o \
	orchestrator/openai_probe_ask.o \
	orchestrator/openai_probe_plain.o \
	orchestrator/openai_probe_rest.o \
	orchestrator/openai_probe_tools.o \
	orchestrator/openai_record.o \
	orchestrator/openai_request.o \
	orchestrator/openai_settings.o \
	orchestrator/openai_stream.o \
	orchestrator/orchestrators.o \
	orchestrator/origin.o \
	orchestrator/pattern.o \
	orchestrator/phrase.o \
	orchestrator/plan.o \
	orchestrator/plan_drop.o \
	orchestrator/plan_split.o \
	orchestrator/profile.o \
	orchestrator/rank.o \
	orchestrator/rank_cache.o \
	orchestrator/rank_query.o \
	orchestrator/recall.o \
	orchestrator/remote.o \
	orchestrator/remote_answer.o \
	orchestrator/remote_settings.o \
	orchestrator/remote_spans.o \
	orchestrator/remote_stream.o \
	orchestrator/relation.o \
	orchestrator/replay.o \
	orchestrator/reply.o \
	orchestrator/reply_template.o \
	orchestrator/rule_asking.o \
	orchestrator/sentence.o \
	orchestrator/session.o \
	orchestrator/session_file.o \
	orchestrator/session_reader.o \
	orchestrator/smalltalk.o \
	orchestrator/speech.o \
	orchestrator/speech_member.o \
	orchestrator/spelling.o \
	orchestrator/sub_agent.o \
	orchestrator/state.o \
	orchestrator/state_learn.o \
	orchestrator/state_settings.o \
	orchestrator/stemmer.o \
	orchestrator/synonyms.o \
	orchestrator/system.o \
	orchestrator/system_agent.o \
	orchestrator/task_result.o \
	orchestrator/text.o \
	orchestrator/token.o \
	orchestrator/token_day.o \
	orchestrator/token_number.o \
	orchestrator/tool.o \
	orchestrator/tool_agent.o \
	orchestrator/tool_arguments.o \
	orchestrator/tool_plan.o \
	orchestrator/tool_run.o \
	orchestrator/turn.o \
	orchestrator/turn_tool.o \
	orchestrator/variant.o \
	orchestrator/variant_agent.o \
	orchestrator/variant_merge.o \
	orchestrator/variant_tool.o \
	orchestrator/vocabulary.o \
	orchestrator/voice.o \
	orchestrator/voice_filler.o \
	orchestrator/voice_settings.o \
	orchestrator/voice_speak.o \
	orchestrator/voice_state.o \
	orchestrator/voice_system.o \
	orchestrator/workflow.o \
	orchestrator/workflow_check.o \
	orchestrator/workflow_edges.o \
	orchestrator/workflow_edit.o \
	orchestrator/workflow_graph.o \
	orchestrator/workflow_lint.o \
	orchestrator/workflow_member.o \
	orchestrator/workflow_variant.o \
	orchestrator/workflow_variables.o

AUDIO = \
	audio/activity.o \
	audio/denoise.o \
	audio/fit.o \
	audio/grammar.o \
	audio/grammar_kinds.o \
	audio/grammar_mood.o \
	audio/masking.o \
	audio/microphone.o \
	audio/multipart.o \
	audio/player.o \
	audio/pronunciation.o \
	audio/recogniser.o \
	audio/recogniser_http.o \
	audio/resample.o \
	audio/ring.o \
	audio/said.o \
	audio/service.o \
	audio/service_judge.o \
	audio/sound.o \
	audio/sound_stream.o \
	audio/source.o \
	audio/source_file.o \
	audio/source_null.o \
	audio/source_paced.o \
	audio/source_portaudio.o \
	audio/speaker.o \
	audio/speech_sound.o \
	audio/spelling.o \
	audio/synthesiser.o \
	audio/synthesiser_http.o \
	audio/synthesiser_none.o \
	audio/transcription.o \
	audio/tuning.o \
	audio/utterance.o \
	audio/vocabulary.o \
	$(AUDIO_POCKETSPHINX) \
	$(AUDIO_FLITE)

TUI = \
	tui/canvas.o \
	tui/cmd_compare.o \
	tui/cmd_console.o \
	tui/cmd_doctor.o \
	tui/cmd_devices.o \
	tui/cmd_exec.o \
	tui/cmd_mock.o \
	tui/cmd_replay.o \
	tui/cmd_run.o \
	tui/cmd_sessions.o \
	tui/cmd_speak.o \
	tui/cmd_tools.o \
	tui/cmd_transcribe.o \
	tui/cmd_tune.o \
	tui/cmd_transcribe.o \
	tui/cmd_tune.o \
	tui/cmd_validate.o \
	tui/console.o \
	tui/console_draw.o \
	tui/console_overlay.o \
	tui/console_request.o \
	tui/console_sound.o \
	tui/conversation_entry.o \
	tui/demo.o \
	tui/dialogue.o \
	tui/doctor.o \
	tui/doctor_machine.o \
	tui/doctor_speech.o \
	tui/exec_introspect.o \
	tui/exec_load.o \
	tui/exec_plan.o \
	tui/exec_target.o \
	tui/headset.o \
	tui/headset_line.o \
	tui/heard.o \
	tui/hearing.o \
	tui/injecting.o \
	tui/introspection.o \
	tui/keys.o \
	tui/lane.o \
	tui/latency_bar.o \
	tui/layout.o \
	tui/line_edit.o \
	tui/menu.o \
	tui/meter.o \
	tui/options.o \
	tui/output.o \
	tui/pane.o \
	tui/pane_conversation.o \
	tui/pane_log.o \
	tui/pane_text.o \
	tui/pane_trace.o \
	tui/playback.o \
	tui/program.o \
	tui/recording.o \
	tui/recordings.o \
	tui/reload.o \
	tui/request.o \
	tui/screen.o \
	tui/script.o \
	tui/session_store.o \
	tui/spoken.o \
	tui/spoken_shape.o \
	tui/settings.o \
	tui/speech_settings.o \
	tui/text.o \
	tui/theme.o \
	tui/trace_view.o \
	tui/tune_grid.o \
	tui/tune_words.o \
	tui/voice_setup.o \
	tui/word_diff.o

TESTS_EXECUTOR = \
	tests/executor/matrix.o \
	tests/executor/mock_peer.o \
	tests/executor/nowhere.o \
	tests/executor/office.o \
	tests/executor/rig.o \
	tests/executor/script_server.o \
	tests/executor/tape.o \
	tests/executor/test_arena.o \
	tests/executor/test_attribute.o \
	tests/executor/test_backoff.o \
	tests/executor/test_body.o \
	tests/executor/test_body_job.o \
	tests/executor/test_breaker.o \
	tests/executor/test_budget.o \
	tests/executor/test_buffer.o \
	tests/executor/test_cancel.o \
	tests/executor/test_canonical.o \
	tests/executor/test_cassette.o \
	tests/executor/test_cassette_file.o \
	tests/executor/test_clock.o \
	tests/executor/test_defer.o \
	tests/executor/test_env.o \
	tests/executor/test_errcode.o \
	tests/executor/test_execution.o \
	tests/executor/test_failure.o \
	tests/executor/test_fault.o \
	tests/executor/test_file.o \
	tests/executor/test_filter.o \
	tests/executor/test_gate.o \
	tests/executor/test_graphql.o \
	tests/executor/test_graphql_document.o \
	tests/executor/test_hash.o \
	tests/executor/test_histogram.o \
	tests/executor/test_host.o \
	tests/executor/test_http2.o \
	tests/executor/test_http_part.o \
	tests/executor/test_idempotency.o \
	tests/executor/test_inject.o \
	tests/executor/test_integration_learn.o \
	tests/executor/test_json.o \
	tests/executor/test_json_locate.o \
	tests/executor/test_json_print.o \
	tests/executor/test_limiter.o \
	tests/executor/test_line.o \
	tests/executor/test_load.o \
	tests/executor/test_logger.o \
	tests/executor/test_matrix.o \
	tests/executor/test_mock.o \
	tests/executor/test_mock_chance.o \
	tests/executor/test_mock_crowd.o \
	tests/executor/test_mock_definition.o \
	tests/executor/test_mock_node.o \
	tests/executor/test_mock_reply.o \
	tests/executor/test_mock_server.o \
	tests/executor/test_nearest.o \
	tests/executor/test_normalize.o \
	tests/executor/test_oauth2.o \
	tests/executor/test_oauth2_crowd.o \
	tests/executor/test_policy.o \
	tests/executor/test_pool_deadline.o \
	tests/executor/test_proxy.o \
	tests/executor/test_redact.o \
	tests/executor/test_redact_learn.o \
	tests/executor/test_redirect.o \
	tests/executor/test_request_plan.o \
	tests/executor/test_resend.o \
	tests/executor/test_rest.o \
	tests/executor/test_retry_budget.o \
	tests/executor/test_schedule.o \
	tests/executor/test_select.o \
	tests/executor/test_server_name.o \
	tests/executor/test_sse.o \
	tests/executor/test_table.o \
	tests/executor/test_template.o \
	tests/executor/test_timeouts.o \
	tests/executor/test_tls.o \
	tests/executor/test_trace_pack.o \
	tests/executor/test_tracer.o \
	tests/executor/test_transport.o \
	tests/executor/test_transport_defaults.o \
	tests/executor/tls_peer.o

TESTS_ORCHESTRATOR = \
	tests/executor/script_server.o \
	tests/orchestrator/chat_server.o \
	tests/orchestrator/made_tool.o \
	tests/orchestrator/probe_visit.o \
	tests/orchestrator/remote_rig.o \
	tests/orchestrator/sound.o \
	tests/orchestrator/stage.o \
	tests/orchestrator/suite.o \
	tests/orchestrator/table_model.o \
	tests/orchestrator/test_agent_registry.o \
	tests/orchestrator/test_agent_response.o \
	tests/orchestrator/test_business_rule.o \
	tests/orchestrator/test_cassette.o \
	tests/orchestrator/test_chat_answer.o \
	tests/orchestrator/test_communication.o \
	tests/orchestrator/test_compare.o \
	tests/orchestrator/test_confirm.o \
	tests/orchestrator/test_deadline.o \
	tests/orchestrator/test_dialogue.o \
	tests/orchestrator/test_edges.o \
	tests/orchestrator/test_embedded.o \
	tests/orchestrator/test_endurance.o \
	tests/orchestrator/test_engine.o \
	tests/orchestrator/test_every_way.o \
	tests/orchestrator/test_extract.o \
	tests/orchestrator/test_extract_memory.o \
	tests/orchestrator/test_extract_parts.o \
	tests/orchestrator/test_failures.o \
	tests/orchestrator/test_flow.o \
	tests/orchestrator/test_intent.o \
	tests/orchestrator/test_knowledge.o \
	tests/orchestrator/test_limits.o \
	tests/orchestrator/test_marker.o \
	tests/orchestrator/test_openai.o \
	tests/orchestrator/test_openai_attempts.o \
	tests/orchestrator/test_openai_deviations.o \
	tests/orchestrator/test_openai_headers.o \
	tests/orchestrator/test_openai_probe.o \
	tests/orchestrator/test_openai_settings.o \
	tests/orchestrator/test_openai_turn.o \
	tests/orchestrator/test_origin.o \
	tests/orchestrator/test_pattern.o \
	tests/orchestrator/test_plan_drop.o \
	tests/orchestrator/test_plan_split.o \
	tests/orchestrator/test_planner.o \
	tests/orchestrator/test_questions.o \
	tests/orchestrator/test_rank_cache.o \
	tests/orchestrator/test_recall.o \
	tests/orchestrator/test_relation.o \
	tests/orchestrator/test_remote.o \
	tests/orchestrator/test_remote_spans.o \
	tests/orchestrator/test_remote_stream.o \
	tests/orchestrator/test_reply.o \
	tests/orchestrator/test_resume.o \
	tests/orchestrator/test_sentence.o \
	tests/orchestrator/test_session.o \
	tests/orchestrator/test_session_file.o \
	tests/orchestrator/test_smalltalk.o \
	tests/orchestrator/test_spelling.o \
	tests/orchestrator/test_state.o \
	tests/orchestrator/test_stemmer.o \
	tests/orchestrator/test_suite.o \
	tests/orchestrator/test_synonyms.o \
	tests/orchestrator/test_system.o \
	tests/orchestrator/test_text.o \
	tests/orchestrator/test_token_day.o \
	tests/orchestrator/test_token_number.o \
	tests/orchestrator/test_tool.o \
	tests/orchestrator/test_tool_deadline.o \
	tests/orchestrator/test_tool_run.o \
	tests/orchestrator/test_turn.o \
	tests/orchestrator/test_variant.o \
	tests/orchestrator/test_variant_check.o \
	tests/orchestrator/test_voice.o \
	tests/orchestrator/test_voice_session.o \
	tests/orchestrator/test_workflow.o \
	tests/orchestrator/test_workflow_check.o \
	tests/orchestrator/test_workflow_lint.o \
	tests/orchestrator/trouble.o \
	tests/orchestrator/variant_hotel.o \
	tests/orchestrator/voice_rig.o

TESTS_AUDIO = \
	tests/audio/recogniser_rig.o \
	tests/audio/service_rig.o \
	tests/audio/sound.o \
	tests/audio/test_activity.o \
	tests/audio/test_adaptation.o \
	tests/audio/test_denoise.o \
	tests/audio/test_grammar.o \
	tests/audio/test_masking.o \
	tests/audio/test_microphone.o \
	tests/audio/test_recogniser.o \
	tests/audio/test_recogniser_auto.o \
	tests/audio/test_recogniser_http.o \
	tests/audio/test_recogniser_http_time.o \
	tests/audio/test_resample.o \
	tests/audio/test_ring.o \
	tests/audio/test_senones.o \
	tests/audio/test_source.o \
	tests/audio/test_source_file.o \
	tests/audio/test_speaker.o \
	tests/audio/test_speech_sound.o \
	tests/audio/test_sphinx.o \
	tests/audio/test_synthesiser.o \
	tests/audio/test_synthesiser_http.o \
	tests/audio/test_transcription.o \
	tests/audio/test_tuning.o \
	tests/audio/test_utterance.o \
	tests/executor/rig.o \
	tests/executor/script_server.o

TESTS_TUI = \
	tests/tui/paper.o \
	tests/tui/test_introspection.o \
	tests/tui/test_layout.o \
	tests/tui/test_line_edit.o \
	tests/tui/test_meter.o \
	tests/tui/test_options.o \
	tests/tui/test_panes.o \
	tests/tui/test_recordings.o \
	tests/tui/test_request.o \
	tests/tui/test_settings.o \
	tests/tui/test_spoken.o \
	tests/tui/test_text.o \
	tests/tui/test_trace_view.o \
	tests/tui/test_tune_grid.o \
	tests/tui/test_word_diff.o

# Programs of their own, measured by `make bench`.
BENCH = \
	tests/bench/bench_console.o \
	tests/bench/bench_executor.o \
	tests/bench/bench_memory.o \
	tests/bench/bench_token.o
BENCH_PARTS = \
	tests/bench/hold_server.o \
	tests/bench/subject.o \
	tests/bench/subject_executor.o \
	tests/bench/subject_floor.o \
	tests/bench/subject_turn.o

# The same for what is heard.
BENCH_AUDIO = \
	tests/bench/bench_sound.o \
	tests/bench/bench_speech.o

# Targets of `make fuzz`: tests/fuzz/fuzz_NAME.c, whose inputs so far are tests/fuzz/corpus/NAME.
FUZZ = \
	body \
	canonical \
	cassette \
	filter \
	graphql \
	integration \
	json \
	line_edit \
	mock \
	planner \
	redact \
	retry_after \
	template \
	variant \
	workflow

# Run beside the Criterion programs; see tests/check.sh.
TESTS_SCRIPTS = \
	tests/audio/ring.sh \
	tests/audio/hearing.sh \
	tests/build/deps.sh \
	tests/executor/graphql_engine.sh \
	tests/executor/httpbin.sh \
	tests/executor/threads.sh \
	tests/fuzz/replay.sh \
	tests/tui/cli.sh \
	tests/tui/console.sh \
	tests/tui/moonshine.sh \
	tests/tui/secrets.sh \
	tests/tui/sessions.sh \
	tests/tui/sound.sh \
	tests/tui/speech.sh \
	tests/tui/voice.sh

objects = $(addprefix $(BUILD)/,$(1))
LIBEXECUTOR = $(BUILD)/libexecutor.a
LIBORCHESTRATOR = $(BUILD)/liborchestrator.a
LIBAUDIO = $(BUILD)/libaudio.a
LIBTUI = $(BUILD)/libtui.a

.PHONY: all run test bench soak lint test-asan test-valgrind test-tsan test-deaths fuzz install uninstall clean deps deps-test \
	deps-lint deps-valgrind deps-fuzz deps-bench programs FORCE
.DELETE_ON_ERROR:

all: $(BUILD)/testpanel

# With a terminal the console, without one the demo dialogue as plain lines.
run: deps
	@$(SUBMAKE) $(PARALLEL) all
	@$(BUILD)/testpanel

$(LIBEXECUTOR): $(call objects,$(EXECUTOR))
$(LIBORCHESTRATOR): $(call objects,$(ORCHESTRATOR))
$(LIBAUDIO): $(call objects,$(AUDIO))
$(LIBTUI): $(call objects,$(TUI))

$(BUILD)/%.a:
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Preloaded, not linked.
LOOP_PASSES = $(BUILD)/tests/bench/loop_passes.so
DAEMON_DIES = $(BUILD)/tests/tui/daemon_dies.so
$(BUILD)/%.so: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -shared -o $@ $< -ldl

$(BUILD):
	@mkdir -p $@

# Another compiler or other flags make every object again; a package that is missing is said once, not as a hundred
# errors about headers.
$(BUILD)/.flags: FORCE | $(BUILD)
	@pkg-config --exists $(PACKAGES) 2>/dev/null || { \
		echo "testpanel: packages to build with are missing: make deps installs them" >&2; exit 2; }
	$(file >$@.new,$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL))
	@if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

$(BUILD)/testpanel: $(BUILD)/tui/main.o $(LIBTUI) $(LIBAUDIO) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL)

# A test program links the archive it tests and what that one stands on, nothing above it.
TEST_NAMES = test-executor test-orchestrator test-audio test-tui
TEST_PROGRAMS = $(addprefix $(BUILD)/tests/,$(TEST_NAMES))
$(BUILD)/tests/test-executor: $(call objects,$(TESTS_EXECUTOR)) $(LIBEXECUTOR)
$(BUILD)/tests/test-orchestrator: $(call objects,$(TESTS_ORCHESTRATOR)) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
$(BUILD)/tests/test-audio: $(call objects,$(TESTS_AUDIO)) $(LIBAUDIO) $(LIBEXECUTOR)
$(BUILD)/tests/test-tui: $(call objects,$(TESTS_TUI)) $(LIBTUI) $(LIBAUDIO) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
$(TEST_PROGRAMS):
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL) -lcriterion

BENCH_PROGRAMS = $(addprefix $(BUILD)/,$(BENCH:.o=))
$(BENCH_PROGRAMS): $(BUILD)/%: $(BUILD)/%.o $(call objects,$(BENCH_PARTS)) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL)

BENCH_AUDIO_PROGRAMS = $(addprefix $(BUILD)/,$(BENCH_AUDIO:.o=))
$(BENCH_AUDIO_PROGRAMS): $(BUILD)/%: $(BUILD)/%.o $(LIBTUI) $(LIBAUDIO) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL)

# A target twice: with libFuzzer, which needs clang, and with a main that runs it over files.
FUZZERS = $(FUZZ:%=$(BUILD)/tests/fuzz/fuzz-%)
REPLAYS = $(FUZZ:%=$(BUILD)/tests/fuzz/replay-%)
FUZZ_LIBS = $(LIBTUI) $(LIBAUDIO) $(LIBORCHESTRATOR) $(LIBEXECUTOR)
$(FUZZERS): $(BUILD)/tests/fuzz/fuzz-%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/fuzz.o $(FUZZ_LIBS)
	$(call quiet,LD)$(CC) -fsanitize=fuzzer -o $@ $^ $(LDLIBS_ALL)
$(REPLAYS): $(BUILD)/tests/fuzz/replay-%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o \
	$(BUILD)/tests/fuzz/fuzz.o $(FUZZ_LIBS)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL)

# Criterion does not start under ThreadSanitizer.
RING_THREADS = $(BUILD)/tests/audio/ring_threads
$(RING_THREADS): $(BUILD)/tests/audio/ring_threads.o $(LIBAUDIO) $(LIBEXECUTOR)
	$(call quiet,LD)$(CC) -o $@ $^ $(LDLIBS_ALL)

programs: $(TEST_PROGRAMS) $(REPLAYS) $(RING_THREADS) $(DAEMON_DIES) $(BUILD)/tests/bench/bench_speech $(BUILD)/testpanel

# All processors, unless make was told how many.
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

test: deps-test
	@$(SUBMAKE) $(PARALLEL) programs
	@BUILD=$(BUILD) tests/run $(TEST_PROGRAMS) $(TESTS_SCRIPTS)

# Criterion ends well where LeakSanitizer does not: only the report files can be believed. gcc warns falsely about what
# the sanitizers added, so warnings are errors in the plain build only.
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=undefined
ASAN = $(BUILD)/asan
test-asan: deps-test
	@rm -rf $(ASAN)/reports && mkdir -p $(ASAN)/reports
	@$(SUBMAKE) $(PARALLEL) BUILD=$(ASAN) SANITIZE="$(SANITIZERS)" OPT="-O1 -g" \
		CFLAGS="$(CFLAGS) -Wno-error" programs
	@export ASAN_OPTIONS=log_path=$(CURDIR)/$(ASAN)/reports/asan:detect_leaks=1:quarantine_size_mb=16 \
		UBSAN_OPTIONS=print_stacktrace=1:log_path=$(CURDIR)/$(ASAN)/reports/ubsan \
		LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0; \
	BUILD=$(ASAN) tests/run $(addprefix $(ASAN)/tests/,$(TEST_NAMES)) $(TESTS_SCRIPTS); status=$$?; \
	for report in $(ASAN)/reports/*; do [ ! -e "$$report" ] || { cat "$$report"; status=1; }; done; \
	exit $$status

# Criterion does not start under ThreadSanitizer, so what has threads is run by the program itself. jq, cJSON and curl
# are as Debian built them: what they do among themselves is not seen. Without setarch a kernel with more address
# randomisation than the sanitizer of an older compiler knows would stop it at once.
TSAN = $(BUILD)/tsan
test-tsan: deps-test
	@rm -rf $(TSAN)/reports && mkdir -p $(TSAN)/reports
	@$(SUBMAKE) $(PARALLEL) BUILD=$(TSAN) SANITIZE=-fsanitize=thread OPT="-O1 -g" CFLAGS="$(CFLAGS) -Wno-error" all \
		$(TSAN)/tests/audio/ring_threads
	@export TSAN_OPTIONS=log_path=$(CURDIR)/$(TSAN)/reports/tsan:second_deadlock_stack=1; \
	BUILD=$(TSAN) $$(setarch -R true 2>/dev/null && echo setarch -R) \
		tests/run tests/audio/ring.sh tests/executor/threads.sh tests/tui/cli.sh; status=$$?; \
	for report in $(TSAN)/reports/*; do [ ! -e "$$report" ] || { cat "$$report"; status=1; }; done; \
	exit $$status

# The sound daemon killed twenty times in the middle of an utterance: three minutes.
test-deaths: deps-test
	@$(SUBMAKE) $(PARALLEL) all $(DAEMON_DIES)
	@DEATHS=20 BUILD=$(BUILD) tests/run tests/tui/voice.sh

# Every target for FUZZ_SECONDS on inputs that libFuzzer makes out of the corpus, two at a time where there are two
# processors. TARGET=NAME runs that one alone, INPUT=FILE that input alone: what a failure says is to be run again.
FUZZ_SECONDS = 60
FUZZ_BUILD = $(BUILD)/fuzz
FUZZ_SANITIZERS = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz: deps deps-fuzz
	@$(SUBMAKE) $(PARALLEL) BUILD=$(FUZZ_BUILD) CC=clang SANITIZE="$(FUZZ_SANITIZERS)" OPT="-O1 -g" fuzzers
	@BUILD=$(FUZZ_BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) INPUT="$(INPUT)" tests/fuzz/run $(or $(TARGET),$(FUZZ))
.PHONY: fuzzers
fuzzers: $(FUZZERS)

# valgrind is thirty times slower than the clocks some tests hold us to: it judges memory, make test judges behaviour.
MEMCHECK = $(BUILD)/memcheck
test-valgrind: deps-test deps-valgrind
	@$(SUBMAKE) $(PARALLEL) programs
	@rm -rf $(MEMCHECK) && mkdir -p $(MEMCHECK)
	@CHECKER="valgrind -q --trace-children=yes --leak-check=full --errors-for-leak-kinds=definite \
		--show-leak-kinds=definite --error-exitcode=99 --suppressions=tests/valgrind.supp \
		--log-file=$(CURDIR)/$(MEMCHECK)/%p.log" \
		TEST_TIMEOUT=1800 BUILD=$(BUILD) tests/run $(TEST_PROGRAMS) | tee $(MEMCHECK)/total; \
	status=0; ! grep -q '^0 passed' $(MEMCHECK)/total || status=1; \
	for report in $(MEMCHECK)/*.log; do [ ! -s "$$report" ] || { cat "$$report"; status=1; }; done; \
	exit $$status

SOURCES = $(sort $(wildcard executor/*.[ch] orchestrator/*.[ch] audio/*.[ch] tui/*.[ch] tests/*/*.[ch]))
BANNED = sprintf|vsprintf|strcpy|strcat|strncpy|gets|atoi|atol|atof|localtime|gmtime|asctime|ctime|strtok|tmpnam|mktemp
# False alarms only: buffers filled up to a length, a condition that a call between changes, an index checked by its use.
CPPCHECK_OFF = uninitvar identicalInnerCondition arrayIndexThenCheck
lint: deps deps-test deps-lint
	@$(SUBMAKE) lint-sources

.PHONY: lint-sources
lint-sources:
	@echo '  LINT  format'; clang-format --dry-run -Werror $(SOURCES)
	@echo '  LINT  banned functions'; ! grep -nE '\<($(BANNED)) ?\(' \
		$(filter-out tests/%,$(SOURCES)) | grep -v '^[^:]*:[0-9]*:[[:space:]/]*\*'
	@echo '  LINT  cppcheck'; cppcheck -q -j2 --std=c11 --language=c --enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem --error-exitcode=1 -I. -D_GNU_SOURCE -D'TESTPANEL_VERSION=""' \
		--include=.ci/cppcheck.h $(addprefix --suppress=,$(CPPCHECK_OFF)) \
		$(filter-out tests/%,$(filter %.c,$(SOURCES)))
	@echo '  LINT  clang-tidy'; printf '%s\n' $(filter-out tests/%,$(filter %.c,$(SOURCES))) | \
		xargs -P2 -n4 sh -c 'clang-tidy --quiet "$$@" -- -std=c11 -I. -D_GNU_SOURCE -DTESTPANEL_VERSION=\"\" $(PACKAGE_CFLAGS) 2>/dev/null' tidy

bench: deps deps-test deps-bench
	@$(SUBMAKE) all $(BENCH_PROGRAMS)
	@BUILD=$(BUILD) tests/bench/run

# What callers say, heard: 1200 utterances, a quarter of an hour.
.PHONY: bench-speech deps-bench-speech
bench-speech: deps deps-test deps-bench-speech
	@$(SUBMAKE) all $(BENCH_AUDIO_PROGRAMS) $(LOOP_PASSES)
	@BUILD=$(BUILD) tests/bench/speech/run

# What a million mocks and two million requests leave behind in memory, and a day of sound; three minutes.
soak: deps deps-test deps-bench deps-bench-speech
	@$(SUBMAKE) all $(BENCH_PROGRAMS) $(BENCH_AUDIO_PROGRAMS)
	@BUILD=$(BUILD) SOAK=2000000 tests/bench/run
	@BUILD=$(BUILD) tests/bench/speech/soak

# The README's picture, from the real console.
.PHONY: screenshot
screenshot: deps deps-test
	@$(SUBMAKE) $(PARALLEL) all
	@BUILD=$(BUILD) tests/tui/screenshot

deps:
	@DEPS_PROBE='pkg-config --exists $(PACKAGES)' .ci/deps 'to build testpanel' '$(subst $() ,' ',$(strip $(DEPS_BUILD)))'
deps-test: deps
	@DEPS_PROBE='pkg-config --exists criterion && command -v tmux && command -v jq && command -v pgrep && \
		command -v openssl && command -v espeak-ng && command -v sox' \
		.ci/deps 'to test it' '$(subst $() ,' ',$(strip $(DEPS_TEST)))'
deps-lint:
	@DEPS_PROBE='command -v clang-format && command -v clang-tidy && command -v cppcheck' \
		.ci/deps 'for make lint' '$(subst $() ,' ',$(strip $(DEPS_LINT)))'
deps-valgrind:
	@DEPS_PROBE='command -v valgrind' .ci/deps 'for make test-valgrind' '$(subst $() ,' ',$(strip $(DEPS_VALGRIND)))'
deps-fuzz:
	@DEPS_PROBE='command -v clang && clang -fsanitize=fuzzer -E -x c /dev/null' \
		.ci/deps 'for make fuzz' '$(subst $() ,' ',$(strip $(DEPS_FUZZ)))'
deps-bench-speech:
	@DEPS_PROBE='command -v espeak-ng && command -v sox && command -v jq' \
		.ci/deps 'for make bench-speech' '$(subst $() ,' ',$(strip $(DEPS_BENCH_SPEECH)))'
deps-bench:
	@DEPS_PROBE='command -v nginx && command -v hey && command -v taskset' .ci/deps 'for make bench' '$(subst $() ,' ',$(strip $(DEPS_BENCH)))'

# Assets are what stands in assets/ apart from the man page and completions, which have places of their own.
ASSETS = $(filter-out %.1 %.bash,$(wildcard assets/*))
install: all
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(DATADIR)/testpanel $(DESTDIR)$(DATADIR)/man/man1 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions
	$(INSTALL) -m 755 $(BUILD)/testpanel $(DESTDIR)$(BINDIR)/testpanel
	$(INSTALL) -m 644 $(ASSETS) $(DESTDIR)$(DATADIR)/testpanel
	$(INSTALL) -m 644 assets/testpanel.1 $(DESTDIR)$(DATADIR)/man/man1/testpanel.1
	$(INSTALL) -m 644 assets/testpanel.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/testpanel

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/testpanel $(DESTDIR)$(DATADIR)/man/man1/testpanel.1 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/testpanel
	rm -rf $(DESTDIR)$(DATADIR)/testpanel

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
