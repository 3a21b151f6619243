package io.tricolor.config.namespace.content;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Text;
import java.io.IOException;
import java.io.Serial;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.DuplicateKeyException;
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
    private static final int MOST_FILES = 200;

    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    private static final Pattern ANOTHER_DOCUMENT = Pattern.compile("(?m)^[#!]---\\s*$");

    /** Says for which profiles a document is, which is what namespaces do here. */
    private static final String ACTIVATION = "spring.config.activate";

    private final int maxKeys;

    /** With a bound for the keys of one content. */
    public ContentReader(int maxKeys) {
        this.maxKeys = maxKeys;
    }

    /** A map, flat or nested. */
    public ConfigContent ofMap(Map<?, ?> map) {
        Map<String, Object> flat = new LinkedHashMap<>();
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
                case null -> written("yaml", text, Map.of());
                case Map<?, ?> map -> written("yaml", text, map);
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
                ? (marked instanceof DuplicateKeyException ? "the same key twice, " : "")
                        + "line "
                        + (marked.getProblemMark().getLine() + 1)
                        + ", column "
                        + (marked.getProblemMark().getColumn() + 1)
                : "it is too long, too deep or has too many references";
    }

    /**
     * A text in the format of {@link Properties}, as Spring Boot loads it from a file: every value is text, and
     * {@code a[]=x} adds to a list.
     */
    public ConfigContent ofProperties(String text) {
        if (text.length() > LONGEST_TEXT) {
            throw refused("the text is longer than " + LONGEST_TEXT + " characters");
        }
        Matcher another = ANOTHER_DOCUMENT.matcher(text);
        if (another.find()) {
            throw refused("line " + lineOf(text, another.start()) + " begins another document; there is one");
        }
        Map<String, Object> read = new LinkedHashMap<>();
        try {
            new OncePerKey().load(new StringReader(text));
            for (PropertySource<?> source : new PropertiesPropertySourceLoader()
                    .load("properties", new ByteArrayResource(ascii(text).getBytes(StandardCharsets.US_ASCII)))) {
                for (String name : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
                    read.put(name, Objects.requireNonNullElse(source.getProperty(name), ""));
                }
            }
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw refused("the text is not in the properties format");
        }
        return written("properties", text, read);
    }

    /** The same properties in ASCII, whatever character set the loader takes the file to be in. */
    private static String ascii(String text) {
        StringBuilder ascii = new StringBuilder(text.length());
        int backslashes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                ascii.append(c);
                backslashes = c == '\\' ? backslashes + 1 : 0;
            } else {
                if (backslashes % 2 == 1) { // it escapes what needs no escape
                    ascii.setLength(ascii.length() - 1);
                }
                ascii.append(String.format("\\u%04x", (int) c));
                backslashes = 0;
            }
        }
        return ascii.toString();
    }

    private static long lineOf(String text, int position) {
        return 1 + text.substring(0, position).chars().filter(c -> c == '\n').count();
    }

    private ConfigContent written(String format, String text, Map<?, ?> map) {
        ConfigContent content = ofMap(map);
        return new ConfigContent(content.values(), new ConfigContent.Source(format, text), content.files());
    }

    /** Refuses a key that comes again, where the loader would keep the last one. */
    private static final class OncePerKey extends Properties {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public synchronized @Nullable Object put(Object name, Object value) {
            if (super.put(name, value) != null) {
                throw refused("the key " + Text.shown(name.toString(), LONGEST_KEY) + " is there twice");
            }
            return null;
        }
    }

    /** Plain files by their path. Throws {@link Rejected} for a path or a text that cannot be kept. */
    public Map<String, String> files(Map<String, String> files) {
        if (files.size() > MOST_FILES) {
            throw refused("at most " + MOST_FILES + " files");
        }
        files.forEach((path, text) -> {
            if (path.length() > LONGEST_KEY || !PATH.matcher(path).matches()) {
                throw refused("a path of a file is names of letters, digits, dots, dashes and underscores, divided by"
                        + " slashes; no name begins with a dot");
            }
            if (text == null) {
                throw refused("the file " + path + " has no text");
            }
            String flaw = Text.flaw(text);
            if (flaw != null) {
                throw refused("the file " + path + " " + flaw);
            }
        });
        return files;
    }

    private void flatten(String path, @Nullable Object node, Map<String, Object> flat, int depth) {
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

    private void put(String key, Object value, Map<String, Object> flat) {
        if (key.isBlank() || key.length() > LONGEST_KEY || key.chars().anyMatch(Character::isISOControl)) {
            throw refused("a key is 1 to " + LONGEST_KEY + " characters without control characters");
        }
        if (key.startsWith(ACTIVATION)) {
            throw refused(key + " cannot be set: what is for one profile is a namespace of its own");
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
