@NullMarked
package io.tricolor.contracts;

import org.jspecify.annotations.NullMarked;
