package io.tricolor.consul;

import com.google.re2j.PatternSyntaxException;
import io.tricolor.consul.Filter.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a filter:
 *
 * <pre>
 * either    = both { "or" both }
 * both      = single { "and" single }
 * single    = "not" single | "(" either ")" | match
 * match     = selector ( "==" | "!=" | ["not"] "contains" | ["not"] "matches" ) value
 *           | selector "is" ["not"] "empty"
 *           | value ["not"] "in" selector
 * selector  = name { "." name | "[" text "]" }
 * value     = selector | number | text
 * </pre>
 */
final class FilterParser {
    /** The filter is not one, or more than local-consul understands. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    private static final int MAX_DEPTH = 50;
    private static final Pattern BLANKS = Pattern.compile("[ \\t\\r\\n]+");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9_]*");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?(?=[ \\t\\r\\n)]|$)");
    private static final Pattern TEXT = Pattern.compile("\"([^\"\\\\]*)\"|`([^`]*)`");
    private static final Pattern AND = word("and");
    private static final Pattern OR = word("or");
    private static final Pattern NOT = Pattern.compile("not[ \\t\\r\\n]+");
    private static final Pattern OPERATOR = Pattern.compile(
            "[ \\t\\r\\n]*(==|!=)[ \\t\\r\\n]*|[ \\t\\r\\n]+(not[ \\t\\r\\n]+)?(contains|in|matches)[ \\t\\r\\n]+"
                    + "|[ \\t\\r\\n]+is[ \\t\\r\\n]+(not[ \\t\\r\\n]+)?(empty)");
    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");
    private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

    private final FilterField.Part fields;
    private final String text;
    private int at;
    private int depth;

    FilterParser(String text, FilterField.Part fields) {
        this.text = text;
        this.fields = fields;
    }

    private static Pattern word(String word) {
        return Pattern.compile("[ \\t\\r\\n]+" + word + "[ \\t\\r\\n]+");
    }

    Filter parse() throws Refused {
        take(BLANKS);
        Filter filter = either();
        take(BLANKS);
        if (at < text.length()) {
            throw unexpected();
        }
        return filter;
    }

    private Filter either() throws Refused {
        List<Filter> alternatives = new ArrayList<>(List.of(both()));
        while (take(OR) != null) {
            alternatives.add(both());
        }
        return alternatives.size() == 1 ? alternatives.getFirst() : new Filter.Any(List.copyOf(alternatives));
    }

    private Filter both() throws Refused {
        List<Filter> conditions = new ArrayList<>(List.of(single()));
        while (take(AND) != null) {
            conditions.add(single());
        }
        return conditions.size() == 1 ? conditions.getFirst() : new Filter.All(List.copyOf(conditions));
    }

    private Filter single() throws Refused {
        depth++;
        if (depth > MAX_DEPTH) {
            throw new Refused("more than " + MAX_DEPTH + " levels");
        }
        Filter filter;
        if (take(NOT) != null) {
            filter = new Filter.Not(single());
        } else if (at < text.length() && text.charAt(at) == '(') {
            at++;
            take(BLANKS);
            filter = either();
            take(BLANKS);
            if (at >= text.length() || text.charAt(at) != ')') {
                throw unexpected();
            }
            at++;
        } else {
            filter = match();
        }
        depth--;
        return filter;
    }

    private Filter match() throws Refused {
        Operand left = operand();
        Matcher operator = take(OPERATOR);
        if (operator == null) {
            throw unexpected();
        }
        if (operator.group(1) != null) {
            return filter(left, Question.EQUAL, operator.group(1).equals("!="), operand());
        }
        if (operator.group(5) != null) {
            return filter(left, Question.EMPTY, operator.group(4) != null, Operand.NONE);
        }
        boolean negated = operator.group(2) != null;
        return switch (operator.group(3)) {
            case "contains" -> filter(left, Question.HAS, negated, operand());
            case "in" -> filter(operand(), Question.HAS, negated, left);
            default -> filter(left, Question.MATCHES, negated, operand());
        };
    }

    private Filter filter(Operand selector, Question question, boolean negated, Operand value) throws Refused {
        FilterField field = find(selector);
        boolean fits = switch (field) {
            case FilterField.Text text -> question != Question.EMPTY;
            case FilterField.Whole whole -> question == Question.EQUAL;
            case FilterField.Flag flag -> question == Question.EQUAL;
            case FilterField.Texts texts -> question == Question.HAS || question == Question.EMPTY;
            case FilterField.Names names -> question == Question.HAS || question == Question.EMPTY;
            case FilterField.Parts parts -> question == Question.EMPTY;
            case FilterField.Part part -> false;
        };
        if (!fits) {
            throw new Refused("Invalid match operator for selector \"" + selector.written() + "\"");
        }
        Object asked =
                question == Question.MATCHES ? pattern(value.written()) : value(field, selector, value.written());
        return new Filter.Match(selector.path(), question, negated, asked);
    }

    /** In time that grows with the text alone: the expression is somebody's. */
    private static com.google.re2j.Pattern pattern(String written) throws Refused {
        try {
            return com.google.re2j.Pattern.compile(written);
        } catch (PatternSyntaxException e) {
            throw new Refused("Failed to compile regular expression \"" + written + "\": " + e.getMessage());
        }
    }

    private FilterField find(Operand selector) throws Refused {
        FilterField field = fields;
        for (String name : selector.path()) {
            FilterField next = switch (field) {
                case FilterField.Part part -> part.fields().get(name);
                case FilterField.Parts parts -> parts.each().fields().get(name);
                case FilterField.Names names -> FilterField.TEXT;
                case FilterField.Text text -> null;
                case FilterField.Whole whole -> null;
                case FilterField.Flag flag -> null;
                case FilterField.Texts texts -> null;
            };
            if (next == null) {
                throw new Refused("Selector \"" + selector.written() + "\" is not valid");
            }
            field = next;
        }
        return field;
    }

    private static Object value(FilterField field, Operand selector, String written) throws Refused {
        if (field instanceof FilterField.Whole) {
            try {
                return Long.valueOf(written);
            } catch (NumberFormatException e) {
                throw notCoerced(selector, written);
            }
        }
        if (field instanceof FilterField.Flag) {
            if (!TRUE.contains(written) && !FALSE.contains(written)) {
                throw notCoerced(selector, written);
            }
            return TRUE.contains(written);
        }
        return written;
    }

    private static Refused notCoerced(Operand selector, String written) {
        return new Refused("Failed to coerce value \"" + written + "\" for selector \"" + selector.written() + "\"");
    }

    /** A selector, or a value: bare words can be both. */
    private Operand operand() throws Refused {
        int start = at;
        Matcher name = take(NAME);
        if (name != null) {
            List<String> path = new ArrayList<>(List.of(name.group()));
            while (at < text.length() && (text.charAt(at) == '.' || text.charAt(at) == '[')) {
                path.add(text.charAt(at++) == '.' ? required(NAME).group() : index());
            }
            return new Operand(text.substring(start, at), List.copyOf(path));
        }
        Matcher number = take(NUMBER);
        return new Operand(number == null ? quoted() : number.group(), List.of());
    }

    private String index() throws Refused {
        take(BLANKS);
        String name = quoted();
        take(BLANKS);
        if (at >= text.length() || text.charAt(at) != ']') {
            throw unexpected();
        }
        at++;
        return name;
    }

    private String quoted() throws Refused {
        Matcher quoted = required(TEXT);
        return quoted.group(1) == null ? quoted.group(2) : quoted.group(1);
    }

    private Matcher required(Pattern pattern) throws Refused {
        Matcher found = take(pattern);
        if (found == null) {
            throw unexpected();
        }
        return found;
    }

    private @Nullable Matcher take(Pattern pattern) {
        Matcher matcher = pattern.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            return null;
        }
        at = matcher.end();
        return matcher;
    }

    private Refused unexpected() {
        return new Refused("not understood from character " + (at + 1) + " on");
    }

    /**
     * One side of an operator.
     *
     * @param path empty for a number or a quoted text
     */
    private record Operand(String written, List<String> path) {
        static final Operand NONE = new Operand("", List.of());
    }
}
