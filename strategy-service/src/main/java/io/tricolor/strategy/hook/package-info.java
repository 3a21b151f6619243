/** Gates that are judged by other programs: asks them, and takes their answers in. */
@NullMarked
package io.tricolor.strategy.hook;

import org.jspecify.annotations.NullMarked;
