/** The API of rules. */
@NullMarked
package io.tricolor.strategy.scaling.web;

import org.jspecify.annotations.NullMarked;
