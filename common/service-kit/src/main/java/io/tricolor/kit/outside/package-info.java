/** What comes in from outside, held to one rule before anything reads it. */
@NullMarked
package io.tricolor.kit.outside;

import org.jspecify.annotations.NullMarked;
