/** From a request to a command, with who, why and on which version. */
@NullMarked
package io.tricolor.kit.command;

import org.jspecify.annotations.NullMarked;
