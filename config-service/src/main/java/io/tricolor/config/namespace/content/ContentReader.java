package io.tricolor.config.namespace.content;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/** Reads contents as people write them. Refuses what it cannot read with {@link Rejected}. */
public final class ContentReader {

    private static final int LONGEST_KEY = 512;
    private static final int DEEPEST = 32;
    private static final int MOST_ALIASES = 20;
    private static final int LONGEST_TEXT = 1024 * 1024;

    private final int maxKeys;

    /** With a bound for the keys of one content. */
    public ContentReader(int maxKeys) {
        this.maxKeys = maxKeys;
    }

    /** A map, flat or nested. */
    public ConfigContent ofMap(Map<?, ?> map) {
        SortedMap<String, Object> flat = new TreeMap<>();
        flatten("", map, flat, 0);
        if (flat.size() > maxKeys) {
            throw refused("at most " + maxKeys + " keys, not " + flat.size());
        }
        return new ConfigContent(flat);
    }

    /**
     * One YAML document whose root is a map, as Spring Boot loads it from a file: keys as they are written, a date as
     * the text that it is. An empty text is an empty content.
     */
    public ConfigContent ofYaml(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setMaxAliasesForCollections(MOST_ALIASES);
        options.setNestingDepthLimit(DEEPEST);
        options.setCodePointLimit(LONGEST_TEXT);
        try {
            Object root = new Yaml(
                            new SafeConstructor(options),
                            new Representer(new DumperOptions()),
                            new DumperOptions(),
                            options,
                            new TextForDates())
                    .load(text);
            return switch (root) {
                case null -> ConfigContent.EMPTY;
                case Map<?, ?> map -> ofMap(map);
                default -> throw refused("the root of the YAML document is not a map");
            };
        } catch (YAMLException e) {
            // The message of the parser quotes the text, and with it perhaps a secret.
            throw refused("the text is not one YAML document: " + firstWords(e));
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ClassCastException e) {
            // What reads a value of an explicit tag, as in !!int x, throws whatever comes.
            throw refused("the text is not one YAML document: a value does not fit its tag");
        }
    }

    /** A date without a tag is the text that it is, as for Spring Boot. */
    private static final class TextForDates extends Resolver {

        @Override
        public void addImplicitResolver(Tag tag, Pattern pattern, String first, int limit) {
            if (!tag.equals(Tag.TIMESTAMP)) {
                super.addImplicitResolver(tag, pattern, first, limit);
            }
        }
    }

    private static String firstWords(YAMLException failure) {
        if (failure instanceof ReaderException character) {
            return "the character at position " + (character.getPosition() + 1) + " cannot stand in it";
        }
        return failure instanceof org.yaml.snakeyaml.error.MarkedYAMLException marked && marked.getProblemMark() != null
                ? "line " + (marked.getProblemMark().getLine() + 1) + ", column "
                        + (marked.getProblemMark().getColumn() + 1)
                : "it is too long, too deep or has too many references";
    }

    /** A text in the format of {@link Properties}; every value is text. */
    public ConfigContent ofProperties(String text) {
        Properties properties = new Properties();
        if (text.length() > LONGEST_TEXT) {
            throw refused("the text is longer than " + LONGEST_TEXT + " characters");
        }
        try {
            properties.load(new StringReader(text));
        } catch (IOException | IllegalArgumentException e) {
            throw refused("the text is not in the properties format");
        }
        Map<String, String> map = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
        return ofMap(map);
    }

    private void flatten(String path, @Nullable Object node, SortedMap<String, Object> flat, int depth) {
        if (depth > DEEPEST) {
            throw refused("maps and lists are nested more than " + DEEPEST + " deep");
        }
        switch (node) {
            case Map<?, ?> map
            when !map.isEmpty() -> map.forEach((key, value) -> flatten(join(path, name(key)), value, flat, depth + 1));
            case Collection<?> list
            when !list.isEmpty() -> {
                int i = 0;
                for (Object element : list) {
                    flatten(path + "[" + i++ + "]", element, flat, depth + 1);
                }
            }
            case Map<?, ?> empty when path.isEmpty() -> {}
            case null -> put(path, "", flat);
            case Map<?, ?> empty -> put(path, "", flat);
            case Collection<?> empty -> put(path, "", flat);
            case String text -> put(path, text, flat);
            case Boolean truth -> put(path, truth, flat);
            case Integer number -> put(path, number, flat);
            case Long number -> put(path, number, flat);
            case BigInteger number -> put(path, number, flat);
            case BigDecimal number -> put(path, number, flat);
            case Double number when Double.isFinite(number) -> put(path, BigDecimal.valueOf(number), flat);
            case Date date -> put(path, date.toInstant().toString(), flat);
            default -> throw refused(path + " has a value that is no text, number or truth value");
        }
    }

    /** A key that is no text stands in brackets, as Spring has it. */
    private static String name(@Nullable Object key) {
        return key instanceof String text ? text : "[" + key + "]";
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : key.startsWith("[") ? path + key : path + "." + key;
    }

    private void put(String key, Object value, SortedMap<String, Object> flat) {
        if (key.isBlank() || key.length() > LONGEST_KEY || key.chars().anyMatch(Character::isISOControl)) {
            throw refused("a key is 1 to " + LONGEST_KEY + " characters without control characters");
        }
        String flaw = Text.flaw(key);
        if (flaw != null) {
            throw refused("the key " + Text.shown(key, LONGEST_KEY) + " " + flaw);
        }
        if (value instanceof String text && Text.flaw(text) != null) {
            throw refused("the value of " + key + " " + Text.flaw(text));
        }
        if (flat.put(key, value) != null) {
            throw refused("the key " + key + " is there twice");
        }
        if (flat.size() > maxKeys) {
            throw refused("at most " + maxKeys + " keys");
        }
    }

    private static Rejected refused(String why) {
        return new Rejected(Code.INVALID_ARGUMENT, why);
    }
}
