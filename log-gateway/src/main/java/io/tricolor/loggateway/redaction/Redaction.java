package io.tricolor.loggateway.redaction;

import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Takes secrets out of JSON before it is kept: the values of members whose names say that they are secret, and what
 * looks like a secret inside other texts. What was there is replaced by {@value #MASK}.
 */
public final class Redaction {

    /** Stands where something was taken out. */
    public static final String MASK = "[redacted]";

    private static final int DEEPEST = 32;
    private static final int SHORTEST_PART = 8;

    private static final String SECRETS =
            "token|passw|passphrase|pwd|secret|authoriz|api[-_.]?key|credential|signature|private|cookie|session|jwt|bearer";

    /** Names of request parameters and members of lines. */
    private static final Pattern SECRET_OF_REQUEST = Pattern.compile("(?i)(" + SECRETS + ")");

    /** Names in events, where {@code cookie} and {@code session} are settings of a route and no secrets. */
    private static final Pattern SECRET_OF_EVENT = Pattern.compile(
            "(?i)(token|passw|passphrase|pwd|secret|authoriz|api[-_.]?key|credential|private[-_.]?key)");

    // Texts come from anybody and may be long: no pattern here may look at a character again for each place it could
    // begin.
    // Hence the bounds, and the possessive quantifiers.
    private static final Pattern DOTTED = Pattern.compile("(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]++");
    private static final Pattern PRIVATE_KEY = Pattern.compile(
            "-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|\\z)");
    private static final Pattern BEARER = Pattern.compile("(?i)\\b(bearer)\\s{1,8}+[A-Za-z0-9._~+/=-]{8,}+");
    private static final Pattern BASIC =
            Pattern.compile("(?i)\\b(basic)\\s{1,8}+(?=[A-Za-z+/]{0,256}+[0-9=])[A-Za-z0-9+/]{8,}+={0,2}");
    private static final Pattern ASSIGNMENT = Pattern.compile(
            "(?i)((?:" + SECRETS + ")[\\w.-]{0,64}+\\s{0,4}+=\\s{0,4}+)(?:\"[^\"]{0,4096}+\"?|[^\\s&;,\"]++)");
    private static final Pattern HEADER =
            Pattern.compile("(?i)\\b((?:proxy-)?authorization|(?:set-)?cookie)(\\s{0,4}+:\\s{0,4}+)[^\\r\\n]++");
    private static final Pattern USER_INFO = Pattern.compile("://[^/\\s:@]{1,256}+:[^/\\s@]{1,256}+@");
    private static final Pattern CARD = Pattern.compile("(?<![\\w.-])[2-6](?:[ -]?[0-9]){12,18}(?![\\w-])");

    /** Members of a line that are never free text. */
    private static final Set<String> FIXED =
            Set.of("@timestamp", "ecs", "trace", "span", "organization", "tenant", "service");

    private final Pattern secretName;
    private final Set<String> fixed;
    private final boolean cards;

    private Redaction(Pattern secretName, Set<String> fixed, boolean cards) {
        this.secretName = secretName;
        this.fixed = fixed;
        this.cards = cards;
    }

    /** For lines of the request log: names, tokens, keys, card numbers. */
    public static Redaction ofRequests() {
        return new Redaction(SECRET_OF_REQUEST, FIXED, true);
    }

    /** For events: names, tokens, keys. Digits stay, they may be ids of users. */
    public static Redaction ofEvents() {
        return new Redaction(SECRET_OF_EVENT, Set.of(), false);
    }

    /**
     * Changes {@code document}.
     *
     * @return dotted paths of what was changed, sorted
     */
    public SortedSet<String> apply(ObjectNode document) {
        SortedSet<String> changed = new TreeSet<>();
        for (Map.Entry<String, JsonNode> member : document.properties()) {
            if (!fixed.contains(member.getKey())) {
                member.setValue(clean(member.getKey(), member.getKey(), member.getValue(), changed, 0));
            }
        }
        return changed;
    }

    private JsonNode clean(String path, String name, JsonNode value, Set<String> changed, int depth) {
        if (depth > DEEPEST) {
            changed.add(path);
            return StringNode.valueOf(MASK);
        }
        if (isSecret(name, value)) {
            changed.add(path);
            return StringNode.valueOf(MASK);
        }
        if (value instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> member : object.properties()) {
                String inner = path + "." + member.getKey();
                member.setValue(clean(inner, member.getKey(), member.getValue(), changed, depth + 1));
            }
        } else if (value instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, clean(path, "", array.get(i), changed, depth + 1));
            }
        } else if (value.isString()) {
            String text = value.stringValue();
            String clean = clean(text, path);
            if (!clean.equals(text)) {
                changed.add(path);
                return StringNode.valueOf(clean);
            }
        }
        return value;
    }

    /** Objects and lists are looked into: a member {@code credentials} may hold names that are no secret. */
    private boolean isSecret(String name, JsonNode value) {
        return !name.isEmpty()
                && value.isValueNode()
                && !value.isNull()
                && !value.isBoolean()
                && secretName.matcher(name).find()
                && !MASK.equals(value.asString());
    }

    private String clean(String text, String path) {
        if (text.length() < 8) {
            return text;
        }
        String clean = PRIVATE_KEY.matcher(text).replaceAll(MASK);
        if (clean.contains("eyJ")) {
            clean = DOTTED.matcher(clean).replaceAll(run -> withoutJwt(run.group()));
        }
        clean = HEADER.matcher(clean).replaceAll("$1$2" + MASK);
        clean = BEARER.matcher(clean).replaceAll("$1 " + MASK);
        clean = BASIC.matcher(clean).replaceAll("$1 " + MASK);
        if (clean.indexOf('=') >= 0) {
            clean = ASSIGNMENT.matcher(clean).replaceAll("$1" + MASK);
        }
        if (clean.contains("://")) {
            clean = USER_INFO.matcher(clean).replaceAll("://" + MASK + "@");
        }
        if (cards && !path.startsWith("user.")) {
            clean = CARD.matcher(clean).replaceAll(Redaction::cardOrText);
        }
        return clean;
    }

    /**
     * JSON Web Tokens: {@code eyJ…} and up to two parts behind it, RFC 7515, section 7.1. Looks at each character once.
     */
    private static String withoutJwt(String dotted) {
        String[] parts = dotted.split("\\.", -1);
        StringBuilder clean = new StringBuilder();
        for (int i = 0; i < parts.length; i++) {
            clean.append(i == 0 ? "" : ".");
            int header = i + 1 < parts.length && parts[i + 1].length() >= SHORTEST_PART ? headerOfJwt(parts[i]) : -1;
            if (header < 0) {
                clean.append(parts[i]);
            } else {
                clean.append(parts[i], 0, header).append(MASK);
                i += 2;
            }
        }
        return clean.toString();
    }

    /** Where a first part of a token begins; -1 when none does. */
    private static int headerOfJwt(String part) {
        int at = part.indexOf("eyJ");
        while (at > 0 && part.charAt(at - 1) != '-') {
            at = part.indexOf("eyJ", at + 1);
        }
        return at >= 0 && part.length() - at >= "eyJ".length() + SHORTEST_PART ? at : -1;
    }

    private static String cardOrText(MatchResult digits) {
        return isCard(digits.group()) ? MASK : Matcher.quoteReplacement(digits.group());
    }

    /** The check digit of ISO/IEC 7812-1, annex B. */
    private static boolean isCard(String text) {
        int sum = 0;
        boolean twice = false;
        for (int i = text.length() - 1; i >= 0; i--) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                continue;
            }
            int counted = twice ? digit * 2 : digit;
            sum += counted > 9 ? counted - 9 : counted;
            twice = !twice;
        }
        return sum % 10 == 0;
    }
}
