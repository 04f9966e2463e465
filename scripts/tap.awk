# SPDX-License-Identifier: MIT
#
# Read a suite's TAP or KTAP and print "PASSED FAILED SKIPPED", then what a
# reader wants to see: what failed, with its diagnostics, and why tests were
# skipped. `status` is the exit status of the suite, `limit` its time limit.
#
# Results may be nested by indentation. The result of a group stands for those
# above it, which are counted in its place. Every group needs a plan ("1..N")
# that matches its results, and a suite has to have a result at all.

function say(text) {
	report = report text "\n"
}

function fault(text) {
	failed++
	faults++
	say("FAIL " text)
}

# The results at this depth and below are complete.
function close_level(depth,    d) {
	for (d = deepest; d >= depth; d--) {
		if (d in seen || d in plan) {
			if (!(d in plan))
				fault("no plan for " seen[d] " results")
			else if (plan[d] != seen[d] + 0)
				fault("the plan was " plan[d] " results, there were " seen[d] + 0)
		}
		delete seen[d]
		delete plan[d]
	}
	if (deepest >= depth)
		deepest = depth - 1
}

function enter(depth) {
	if (depth > deepest)
		deepest = depth
}

BEGIN {
	passed = failed = skipped = results = faults = 0
	deepest = -1
	showing = 0
}

{
	sub(/\r$/, "")
	match($0, /^ */)
	depth = RLENGTH
	text = substr($0, depth + 1)
}

text ~ /^K?TAP version/ {
	# A suite may be several programs, one after the other.
	close_level(depth)
	showing = 0
	notes = ""
	next
}

text ~ /^1\.\.[0-9]+/ {
	if (depth in plan)
		close_level(depth)
	enter(depth)
	number = text
	sub(/^1\.\./, "", number)
	plan[depth] = number + 0
	# Nothing at all is done, and the plan says why.
	if (plan[depth] == 0 && tolower(text) ~ /# *skip/) {
		skipped++
		results++
		say("skipped: " text)
	}
	showing = 0
	next
}

text ~ /^Bail out!/ {
	fault(text)
	next
}

text ~ /^(not )?ok( |$)/ {
	showing = 0
	# A result after deeper ones is their summary.
	summary = 0
	for (d = deepest; d > depth; d--)
		if (d in seen)
			summary = 1
	close_level(depth + 1)
	enter(depth)
	seen[depth]++
	results++
	bad = text ~ /^not ok/
	lower = tolower(text)
	if (summary) {
		# Its results were counted; that it failed though they did not counts too.
		if (bad && failed == failed_before[depth]) {
			failed++
			say(text)
			showing = 1
		}
	} else if (lower ~ /# *(skip|todo|xfail)/) {
		skipped++
		say("skipped: " text)
	} else if (bad) {
		failed++
		say(text)
		if (notes != "")
			report = report notes
		showing = 1
	} else {
		passed++
	}
	failed_before[depth] = failed
	notes = ""
	next
}

# Diagnostics come before the result (KTAP) or after it (TAP).
text ~ /^# +RUN / {
	showing = 0
}

showing {
	say("  " $0)
	next
}

{
	notes = notes "  " $0 "\n"
	if (length(notes) > 4000)
		notes = substr(notes, length(notes) - 3000)
}

END {
	close_level(0)
	if (status == 124 || status == 137)
		fault("its time was over (the limit here is " limit " s), or it was killed")
	else if (status >= 128)
		fault("it was ended by signal " status - 128)
	else if (results == 0)
		fault("it ran no test; its exit status is " status)
	else if (status != 0 && failed == 0)
		fault("nothing failed, but its exit status is " status)
	printf "%d %d %d\n%s", passed, failed, skipped, report
}
