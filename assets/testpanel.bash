# Completion of testpanel for bash.
_testpanel() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command=
	local commands="run exec validate tools mock compare sessions replay doctor transcribe tune speak devices"

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ " $commands " == *" $word "* ]] && command=$word && break
	done
	case $prev in
	--orchestrator | -o) mapfile -t COMPREPLY < <(compgen -W "testpanel system voice remote" -- "$cur"); return ;;
	--orchestrators) mapfile -t COMPREPLY < <(compgen -W "testpanel,system system,testpanel system,voice testpanel,voice testpanel,remote
		system,remote voice,remote" -- "$cur"); return ;;
	--model | -m) mapfile -t COMPREPLY < <(compgen -W "embedded openai" -- "$cur"); return ;;
	--recogniser) mapfile -t COMPREPLY < <(compgen -W "auto pocketsphinx http" -- "$cur"); return ;;
	--synthesiser) mapfile -t COMPREPLY < <(compgen -W "flite http none" -- "$cur"); return ;;
	--voice) mapfile -t COMPREPLY < <(compgen -W "slt rms awb kal16" -- "$cur"); return ;;
	--log-level) mapfile -t COMPREPLY < <(compgen -W "trace debug info warn error" -- "$cur"); return ;;
	--fault) mapfile -t COMPREPLY < <(compgen -W "429 500 503 reset close timeout dns refused tls slow truncate garbage
		oversize invalid-json" -- "$cur"); return ;;
	--session) mapfile -t COMPREPLY < <(compgen -W "$(testpanel sessions 2>/dev/null | cut -d' ' -f1)" -- "$cur"); return ;;
	--variant) mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.json' -- "$cur"); return ;;
	--set) mapfile -t COMPREPLY < <(compgen -S= -W "enterDb exitDb leastDbfs floorUpMs floorDownMs preRollMs hangoverMs leastMs
		mostMs" -- "$cur"); return ;;
	--say | -s | --args | -a | --port | -p | --seed | --repeat | -n | --concurrency | -c | --rate | --timeout) return ;;
	--speed | --device | -d | --speaker) return ;;
	--wav) mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.@(wav|flac|ogg|mp3)' -- "$cur"); return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(testpanel ${command:+"$command"} --help 2>/dev/null |
			grep -o -- '--[a-z-]*' | sort -u)" -- "$cur")
	elif [[ -z $command && $COMP_CWORD == 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur"; compgen -f -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _testpanel testpanel
