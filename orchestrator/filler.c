/* Words by which no tool is found. What names a thing or a deed ("order", "late", "free") is left out,
 * however common it is: it may be just what a tool is known by. */
#include "orchestrator/filler.h"

#include <stdlib.h>
#include <string.h>

/* Stems, and what stems leave alone. Sorted. */
static const char *const fillers[] = {"aboard", "about", "absolut", "accept", "across", "actual", "afternoon",
	"ago", "ahead", "along", "alreadi", "alright", "anoth", "anybodi", "anyon", "anyth", "april",
	"around", "arrang", "asap", "ask", "assist", "august", "away", "back", "basic", "befor", "began",
	"begin", "behind", "believ", "better", "big", "bit", "both", "bother", "bring", "came", "cannot",
	"cant", "cent", "certain", "chanc", "come", "concern", "couldn't", "cup", "current", "day", "dear",
	"decemb", "decid", "definit", "didnt", "direct", "dollar", "done", "dont", "down", "each", "eight",
	"eighteen", "eighti", "eleven", "els", "enough", "entir", "er", "especi", "euro", "even", "ever",
	"everi", "everybodi", "everyth", "exact", "fact", "februari", "feel", "few", "fifteen", "fifth",
	"fifti", "find", "fine", "first", "five", "forti", "fortnight", "four", "fourteen", "fourth",
	"friday", "further", "get", "gimm", "give", "glad", "glass", "go", "gone", "gonna", "good", "got",
	"gotta", "great", "guess", "guy", "hand", "handl", "happen", "happi", "hasn't", "haven't", "hear",
	"heard", "hello", "help", "here", "hey", "hi", "hmm", "hold", "honest", "hope", "how", "hundr",
	"hurri", "i'll", "id", "idea", "im", "immedi", "info", "inform", "insid", "instead", "interest",
	"isnt", "ive", "januari", "juli", "june", "keep", "kind", "kindli", "know", "larg", "last", "least",
	"lemm", "less", "let", "like", "littl", "long", "longer", "look", "lot", "love", "make", "mani",
	"march", "matter", "mayb", "mean", "meant", "mention", "mind", "minut", "miss", "moment", "monday",
	"more", "morn", "most", "mr", "mrs", "ms", "much", "myself", "name", "necessari", "need", "never",
	"new", "next", "nice", "night", "nine", "nineteen", "nineti", "nobodi", "noth", "novemb", "now",
	"number", "octob", "offer", "often", "oh", "ok", "okay", "onc", "one", "onli", "onto", "option",
	"other", "ourselv", "out", "outsid", "over", "own", "pair", "peopl", "perhap", "person", "piec",
	"place", "plan", "pleas", "pleasur", "plenti", "portion", "possibl", "pound", "prefer", "pretti",
	"probabl", "problem", "provid", "put", "quick", "quit", "rather", "reach", "readi", "realli",
	"regard", "rememb", "right", "same", "saturday", "say", "second", "see", "seem", "septemb", "set",
	"seven", "seventeen", "seventi", "sever", "shouldn't", "show", "simpli", "sinc", "sir", "six",
	"sixteen", "sixti", "small", "somebodi", "someon", "someth", "soon", "sorri", "sort", "speak",
	"still", "straight", "stuff", "such", "sunday", "suppos", "sure", "take", "talk", "tell", "ten",
	"thank", "that", "there", "thing", "think", "third", "thirteen", "thirti", "thousand", "three",
	"through", "thursday", "time", "today", "togeth", "told", "tomorrow", "tonight", "tri", "tuesday",
	"turn", "twelv", "twenti", "two", "type", "uh", "um", "under", "until", "up", "upon", "urgent", "use",
	"wait", "wanna", "want", "wasn't", "way", "wednesday", "week", "weekend", "well", "went", "weren't",
	"what", "whatev", "when", "where", "whether", "while", "whole", "wish", "within", "without", "wonder",
	"wont", "work", "worth", "wouldn't", "yeah", "yep", "yes", "yesterday", "yet", "your", "yourself",
	"zero"};

static int compare_filler(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

bool filler_is(const char *stem)
{
	return bsearch(stem, fillers, sizeof(fillers) / sizeof(fillers[0]), sizeof(fillers[0]),
		       compare_filler) != NULL;
}
