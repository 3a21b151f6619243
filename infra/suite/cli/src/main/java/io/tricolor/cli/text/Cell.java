package io.tricolor.cli.text;

/**
 * Text with a colour, for people.
 *
 * @param text without anything that a terminal would take as an order
 */
public record Cell(String text, Colour colour) {

    /** How it is shown where there are colours. */
    public enum Colour {
        PLAIN(""),
        RED("\u001B[31m"),
        YELLOW("\u001B[33m"),
        GREEN("\u001B[32m"),
        STRONG("\u001B[1m"),
        FAINT("\u001B[2m");

        private final String sequence;

        Colour(String sequence) {
            this.sequence = sequence;
        }
    }

    private static final String END = "\u001B[0m";

    /** Makes the text safe to be shown. */
    public Cell {
        text = Plain.line(text);
    }

    public static Cell of(String text) {
        return new Cell(text, Colour.PLAIN);
    }

    public static Cell strong(String text) {
        return new Cell(text, Colour.STRONG);
    }

    public static Cell faint(String text) {
        return new Cell(text, Colour.FAINT);
    }

    /** The name of a colour in that colour, and states that are like one. */
    public static Cell status(String status) {
        return new Cell(
                status,
                switch (status) {
                    case "RED", "ABORTED", "failure", "FAIL" -> Colour.RED;
                    case "YELLOW", "PAUSED", "ABORTING", "silent", "INCONCLUSIVE" -> Colour.YELLOW;
                    case "GREEN", "COMPLETED", "success", "PASS" -> Colour.GREEN;
                    default -> Colour.PLAIN;
                });
    }

    /** As the terminal is to get it. */
    public String shown(Terminal terminal) {
        return shown(terminal, text);
    }

    String shown(Terminal terminal, String instead) {
        return colour == Colour.PLAIN || !terminal.hasColour() ? instead : colour.sequence + instead + END;
    }
}
