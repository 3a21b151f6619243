package io.tricolor.kit.outside;

import com.fasterxml.jackson.annotation.Nulls;
import io.tricolor.contracts.Text;
import io.tricolor.kit.message.ContractsJson;
import java.io.DataInput;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.SerializableString;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.io.IOContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.sym.PropertyNameMatcher;
import tools.jackson.core.util.JsonParserDelegate;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads JSON from outside: bounded in depth and in the length of names, texts and numbers, each member once, and no
 * text that a store could not keep. It refuses while it reads, with {@link UnsoundValue} or, for what is no JSON or
 * above a bound, as Jackson does.
 */
public final class OutsideJson extends JsonFactory {

    private static final long serialVersionUID = 1L;

    private static final int DEEPEST = 64;
    private static final int LONGEST_NAME = 1024;
    private static final int LONGEST_TEXT = 2 << 20;
    private static final int LONGEST_NUMBER = 256;

    /** Beyond what a double can be, so that nobody is made to write out a billion zeros. */
    private static final int LARGEST_EXPONENT = 400;

    public OutsideJson() {
        super(JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEEPEST)
                        .maxNameLength(LONGEST_NAME)
                        .maxStringLength(LONGEST_TEXT)
                        .maxNumberLength(LONGEST_NUMBER)
                        .build()));
    }

    /** A mapper for bodies without a Spring context. */
    public static JsonMapper mapper() {
        JsonMapper.Builder builder = JsonMapper.builder(new OutsideJson());
        configure(builder);
        return builder.build();
    }

    /**
     * Bodies as contracts, but strict: a member that nobody reads is most likely a slip of the pen, and so are a null
     * among the elements of a list and a fraction where a whole number stands.
     */
    static void configure(JsonMapper.Builder builder) {
        ContractsJson.configure(builder);
        builder.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .changeDefaultNullHandling(handling -> handling.withContentNulls(Nulls.FAIL));
    }

    private OutsideJson(OutsideJson other) {
        super(other);
    }

    @Override
    public JsonFactory copy() {
        return new OutsideJson(this);
    }

    @Override
    public TokenStreamFactory snapshot() {
        return this;
    }

    @Override
    protected JsonParser _createParser(ObjectReadContext context, IOContext io, InputStream in) {
        return new Sound(super._createParser(context, io, in));
    }

    @Override
    protected JsonParser _createParser(ObjectReadContext context, IOContext io, Reader in) {
        return new Sound(super._createParser(context, io, in));
    }

    @Override
    protected JsonParser _createParser(
            ObjectReadContext context, IOContext io, char[] data, int offset, int length, boolean recyclable) {
        return new Sound(super._createParser(context, io, data, offset, length, recyclable));
    }

    @Override
    protected JsonParser _createParser(ObjectReadContext context, IOContext io, byte[] data, int offset, int length) {
        return new Sound(super._createParser(context, io, data, offset, length));
    }

    @Override
    protected JsonParser _createParser(ObjectReadContext context, IOContext io, DataInput in) {
        return new Sound(super._createParser(context, io, in));
    }

    /** Looks at each token before its reader does. */
    private static final class Sound extends JsonParserDelegate {

        Sound(JsonParser parser) {
            super(parser);
        }

        @Override
        public @Nullable JsonToken nextToken() {
            return checked(delegate.nextToken());
        }

        @Override
        public @Nullable JsonToken nextValue() {
            JsonToken token = nextToken();
            return token == JsonToken.PROPERTY_NAME ? nextToken() : token;
        }

        @Override
        public @Nullable String nextName() {
            String name = delegate.nextName();
            checked(delegate.currentToken());
            return name;
        }

        @Override
        public boolean nextName(SerializableString name) {
            boolean fits = delegate.nextName(name);
            checked(delegate.currentToken());
            return fits;
        }

        @Override
        public int nextNameMatch(PropertyNameMatcher matcher) {
            int match = delegate.nextNameMatch(matcher);
            checked(delegate.currentToken());
            return match;
        }

        private @Nullable JsonToken checked(@Nullable JsonToken token) {
            if (token == JsonToken.VALUE_STRING) {
                String flaw = Text.flaw(delegate.getString());
                if (flaw != null) {
                    throw new UnsoundValue(this, flaw);
                }
            } else if (token == JsonToken.PROPERTY_NAME) {
                String flaw = Text.flaw(delegate.currentName());
                if (flaw != null) {
                    throw new UnsoundValue(this, "is a name that " + flaw);
                }
            } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
                if (!isInRange()) {
                    throw new UnsoundValue(this, "is a number out of range");
                }
            }
            return token;
        }

        private boolean isInRange() {
            try {
                BigDecimal number = delegate.getDecimalValue();
                return Math.abs((long) number.precision() - number.scale()) <= LARGEST_EXPONENT;
            } catch (NumberFormatException e) {
                return false; // an exponent that no int holds
            }
        }
    }
}
