package io.tricolor.nginxtemplate;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * A regular expression for the canonical decimal texts of the int64 of a closed interval: no plus sign, no leading
 * zero, no {@code -0}. It grows with the number of digits, not with the width of the interval.
 */
final class DecimalRange {

    private DecimalRange() {}

    /** Without anchors, as one group. */
    static String pattern(long from, long to) {
        if (to < from) {
            throw new IllegalArgumentException("[" + from + ", " + to + "] is reversed");
        }
        List<String> alternatives = new ArrayList<>();
        if (from < 0) {
            String least = magnitude(Math.min(to, -1));
            alternatives.add("-" + group(magnitudes(least, magnitude(from))));
        }
        if (to >= 0) {
            alternatives.addAll(magnitudes(magnitude(Math.max(from, 0)), magnitude(to)));
        }
        return group(alternatives);
    }

    private static String magnitude(long number) {
        return BigInteger.valueOf(number).abs().toString();
    }

    private static List<String> magnitudes(String from, String to) {
        List<String> alternatives = new ArrayList<>();
        for (int length = from.length(); length <= to.length(); length++) {
            String low = length == from.length() ? from : "1" + "0".repeat(length - 1);
            String high = length == to.length() ? to : "9".repeat(length);
            alternatives.add(sameLength(low, high));
        }
        return alternatives;
    }

    /** Texts of one length, leading zeros included. */
    private static String sameLength(String low, String high) {
        int shared = 0;
        while (shared < low.length() && low.charAt(shared) == high.charAt(shared)) {
            shared++;
        }
        String prefix = low.substring(0, shared);
        if (shared == low.length()) {
            return prefix;
        }
        int rest = low.length() - shared - 1;
        char first = low.charAt(shared);
        char last = high.charAt(shared);
        String lowRest = low.substring(shared + 1);
        String highRest = high.substring(shared + 1);
        List<String> alternatives = new ArrayList<>();
        if (!lowRest.equals("0".repeat(rest))) {
            alternatives.add(first + sameLength(lowRest, "9".repeat(rest)));
            first++;
        }
        boolean wholeLast = highRest.equals("9".repeat(rest));
        char end = wholeLast ? last : (char) (last - 1);
        if (first <= end) {
            alternatives.add((first == end ? String.valueOf(first) : "[" + first + "-" + end + "]") + digits(rest));
        }
        if (!wholeLast) {
            alternatives.add(last + sameLength("0".repeat(rest), highRest));
        }
        return prefix + group(alternatives);
    }

    private static String digits(int count) {
        return switch (count) {
            case 0 -> "";
            case 1 -> "[0-9]";
            default -> "[0-9]{" + count + "}";
        };
    }

    private static String group(List<String> alternatives) {
        return alternatives.size() == 1 ? alternatives.getFirst() : "(?:" + String.join("|", alternatives) + ")";
    }
}
