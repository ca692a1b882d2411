# Reads `objdump -d` of an Arm program; prints the bytes of stack that the function START needs at most: along the deepest
# path of calls, all that each function ever pushes. An upper bound, since not every path pushes all of it.

/^[0-9a-f]+ <.*>:$/ { at = $2; gsub(/[<>:]/, "", at) }
/\t(push|vpush|stmdb\tsp!)/ { frame[at] += pushed() }
/\t(sub|subw|sub\.w)\tsp, / { frame[at] += number() }
/\tstr.*\[sp, #-[0-9]+\]!/ { frame[at] += number() }
/\tb[a-z.]*\t[0-9a-f]+ <[^+>]+>$/ { callee = $NF; gsub(/[<>]/, "", callee); calls[at] = calls[at] " " callee }
/\t(add|mov)(\.w)?\tsp, r|\tsub(\.w)?\tsp, (sp, )?r|\tblx\tr/ { unknown = at ": " $0 }

END {
    if (unknown) { print "cannot follow " unknown > "/dev/stderr"; exit 1 }
    print depth(START)
}

# Registers are words of 4 bytes, but d registers of 8, which come in ranges.
function pushed(    list, count, i, ends, bytes) {
    match($0, /\{.*\}/)
    count = split(substr($0, RSTART + 1, RLENGTH - 2), list, ", *")
    for (i = 1; i <= count; i++) {
        bytes += (list[i] ~ /^d/ ? 8 : 4) * (split(list[i], ends, "-d") == 2 ? ends[2] - substr(ends[1], 2) + 1 : 1)
    }
    return bytes
}

function number() {
    match($0, /#-?[0-9]+/)
    return substr($0, RSTART + 1, RLENGTH - 1) * ($0 ~ /#-/ ? -1 : 1)
}

function depth(caller,    list, count, i, deepest, below) {
    if (caller in visiting) { print caller " calls itself" > "/dev/stderr"; exit 1 }
    if (caller in known) return known[caller]
    visiting[caller]
    count = split(calls[caller], list, " ")
    for (i = 1; i <= count; i++) {
        below = depth(list[i])
        if (below > deepest) deepest = below
    }
    delete visiting[caller]
    return known[caller] = frame[caller] + deepest
}
