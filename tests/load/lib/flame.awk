# A flame graph as SVG from sorted folded stacks "outermost;...;innermost COUNT". Width is time; what lies
# on top was called by what lies below; hovering shows name and share.

function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); gsub(/"/, "\\&quot;", text); return text }
function colour(text,    i, sum) {
  for (i = 1; i <= length(text); i++) sum = (sum * 31 + index(kLetters, substr(text, i, 1))) % 9973
  return sprintf("hsl(%d,%d%%,%d%%)", 10 + sum % 45, 70 + sum % 20, 55 + sum % 17)
}
function close_frame(level) {
  frames++
  from[frames] = begun[level]; to[frames] = samples; height[frames] = level; text[frames] = open[level]
  if (level > highest) highest = level
}
BEGIN { kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:<>~[]()&*, "; kWidth = 1200; kRow = 17 }
{
  count = $NF
  line = $0
  sub(/ [0-9]+$/, "", line)
  n = split(line, frame, ";")
  for (same = 0; same < n && same < depth && open[same + 1] == frame[same + 1]; same++);
  for (level = depth; level > same; level--) close_frame(level)
  for (level = same + 1; level <= n; level++) { open[level] = frame[level]; begun[level] = samples }
  depth = n
  samples += count
}
END {
  for (level = depth; level > 0; level--) close_frame(level)
  top = (highest + 1) * kRow + 30
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">\n", kWidth, top
  printf "<rect width=\"100%%\" height=\"100%%\" fill=\"#fffdf7\"/>\n<text x=\"6\" y=\"18\" font-size=\"14\">%s (%d samples)</text>\n", escaped(title), samples
  for (f = 1; f <= frames; f++) {
    width = (to[f] - from[f]) * kWidth / samples
    if (width < 0.3) continue
    x = from[f] * kWidth / samples
    y = top - height[f] * kRow - 4
    printf "<g><title>%s: %.2f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"#fffdf7\" stroke-width=\"0.5\"/>", escaped(text[f]), (to[f] - from[f]) * 100 / samples, x, y, width, kRow - 1, colour(text[f])
    fits = int((width - 6) / 6.2)
    if (fits >= 3) printf "<text x=\"%.1f\" y=\"%d\">%s</text>", x + 3, y + 12, escaped(length(text[f]) > fits ? substr(text[f], 1, fits - 2) ".." : text[f])
    print "</g>"
  }
  print "</svg>"
}
